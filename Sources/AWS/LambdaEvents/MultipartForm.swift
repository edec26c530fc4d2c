import Core
import Encodings

/// A `multipart/form-data` body that is in memory (RFC 7578), or its beginning. Pure.
package struct MultipartForm {
  package struct Part: Equatable {
    package var name: String
    package var fileName: String?
    package var body: ArraySlice<UInt8>
    /// Whether its end was seen.
    package var isComplete: Bool
  }

  package private(set) var parts: [Part] = []
  /// Whether the form's last boundary was seen.
  package private(set) var isComplete = false

  /// The body is no form, or a broken one; callers should answer 400.
  package struct Invalid: ClassifiedError {
    package let message: String
    package var code: String { "InvalidForm" }
    package var isRetryable: Bool { false }

    init(_ message: String) { self.message = message }
  }

  /// Parts of one form at most.
  private static let maximumParts = 200

  /// - Parameters:
  ///   - contentType: of the request.
  ///   - isWhole: nothing follows `bytes`.
  /// - Throws: `Invalid`.
  package init(_ bytes: [UInt8], contentType: String?, isWhole: Bool) throws(Invalid) {
    var parser: FormParser
    do {
      parser = try FormParser(contentType: contentType)
    } catch {
      throw Invalid("the body must be multipart/form-data with a boundary")
    }
    parser.append(bytes)
    while let event = try Self.next(&parser) {
      switch event {
      case .part(let part):
        guard parts.count < Self.maximumParts else { throw Invalid("the body has too many parts") }
        parts.append(Part(name: part.name, fileName: part.fileName, body: [], isComplete: false))
      // All bytes are there, so each part's content is one piece.
      case .content(let content): parts[parts.count - 1].body = content
      case .partEnd: parts[parts.count - 1].isComplete = true
      case .end: isComplete = true
      }
    }
    guard isWhole, !isComplete else { return }
    throw Invalid(
      parser.hasBegun
        ? "the multipart body ends before its last boundary"
        : "the body has no part with the boundary that its header names")
  }

  private static func next(_ parser: inout FormParser) throws(Invalid) -> FormParser.Event? {
    do {
      return try parser.next()
    } catch {
      throw Invalid(
        error == .headTooLong ? "a part's headers are too long" : "a part's headers are malformed, or have no name")
    }
  }
}
