import Core
import Encodings
import EventBus

/// What a caller says about itself (`X-Amz-Client-Context`): a JSON object in Base64.
///
/// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#lambda-Invoke-request-ClientContext
enum ClientContext {
  /// Bytes of Base64.
  static let maximumBytes = 3583

  /// The object as the Runtime API's header carries it: visible ASCII, members and numbers as the caller wrote them.
  ///
  /// - Throws: `InvalidRequestContentException`.
  static func decode(_ header: String) throws(ServiceError) -> String {
    guard header.utf8.count <= maximumBytes else {
      throw ServiceError(
        code: "InvalidRequestContentException",
        message: "Client context must be at most \(maximumBytes) bytes of Base64, found \(header.utf8.count)")
    }
    guard let bytes = Base64.decode(header), let text = String(validating: bytes, as: UTF8.self),
      let value = try? JSON.decode(JSONValue.self, from: bytes), value.objectValue != nil
    else {
      throw ServiceError(
        code: "InvalidRequestContentException", message: "Client context must be a valid Base64-encoded JSON object.")
    }
    return headerText(text)
  }

  /// Line ends stand between tokens only, other letters than ASCII's in strings only: both have a form of one line.
  private static func headerText(_ json: String) -> String {
    var text = ""
    for unit in json.utf16 {
      switch unit {
      case 0x20...0x7E: text.unicodeScalars.append(Unicode.Scalar(UInt8(unit)))
      case 0x09, 0x0A, 0x0D: text += " "
      default:
        let digits = String(unit, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }
    }
    return text
  }
}
