import Encodings
import HTTPServer
import HummingbirdCore
import NIOCore
import S3Protocol

/// A browser's form upload: first the fields, then the file. What comes after the file is ignored, as S3 does.
struct FormUpload {
  /// Bytes of everything before the file's content: S3's own limit.
  private static let longestPreamble = 20 * 1024

  private var reader: FormReader

  /// - Throws: `MalformedPOSTRequest` if the content type is no form or has no boundary.
  init(_ body: RequestBody, contentType: String?) throws(S3Error) {
    do {
      reader = try FormReader(body, contentType: contentType)
    } catch {
      throw S3Error(error)
    }
  }

  /// The fields in order, and the file's name as the browser has it.
  ///
  /// - Throws: `MalformedPOSTRequest`, `MaxPostPreDataLengthExceededError`, `InvalidArgument` if there is no file.
  mutating func fields() async throws -> (fields: [(name: String, value: String)], filename: String) {
    do {
      var fields: [(name: String, value: String)] = []
      var read = 0
      while let part = try await reader.nextPart() {
        if part.name.lowercased() == "file" { return (fields, part.fileName ?? "") }
        var value: [UInt8] = []
        while let bytes = try await reader.nextBytes() {
          value += bytes.readableBytesView
          guard read + value.count <= Self.longestPreamble else { throw S3Error(.maxPostPreDataLengthExceeded) }
        }
        read += value.count + part.name.utf8.count
        guard let text = String(validating: value, as: UTF8.self) else { throw S3Error(.malformedPOSTRequest) }
        fields.append((part.name, text))
      }
    } catch let problem as FormReader.Problem {
      throw S3Error(problem)
    }
    throw S3Error(
      .invalidArgument, message: "POST requires exactly one file upload per request.",
      extra: ["ArgumentName": "file", "ArgumentValue": "0"])
  }

  /// The file's content; to be read after `fields`.
  consuming func file() -> RequestBody { reader.rest() }
}

extension S3Error {
  init(_ problem: FormReader.Problem) {
    switch problem {
    case .notAForm, .malformed: self.init(.malformedPOSTRequest)
    case .headTooLong: self.init(.maxPostPreDataLengthExceeded)
    case .incomplete: self.init(.incompleteBody)
    }
  }
}
