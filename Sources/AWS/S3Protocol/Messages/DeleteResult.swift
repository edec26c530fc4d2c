/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
package struct DeleteResult: XMLMessage, Equatable {
  package struct Failure: Sendable, Equatable {
    package var key: String
    package var code: String
    package var message: String

    package init(key: String, code: String, message: String) {
      self.key = key
      self.code = code
      self.message = message
    }
  }

  package static var rootName: String { "DeleteResult" }

  /// Keys. Empty for a quiet request.
  package var deleted: [String]
  package var failures: [Failure]

  package init(deleted: [String], failures: [Failure]) {
    self.deleted = deleted
    self.failures = failures
  }

  package init(_ root: XMLNode) throws(S3Error) {
    deleted = try root.list("Deleted") { (node) throws(S3Error) in try node.required("Key") }
    failures = try root.list("Error") { (node) throws(S3Error) in
      Failure(key: node.text(of: "Key") ?? "", code: try node.required("Code"), message: node.text(of: "Message") ?? "")
    }
  }

  package func write(to writer: inout XMLWriter) {
    for key in deleted {
      writer.element("Deleted") { $0.element("Key", key) }
    }
    for failure in failures {
      writer.element("Error") {
        $0.element("Key", failure.key)
        $0.element("Code", failure.code)
        $0.element("Message", failure.message)
      }
    }
  }
}
