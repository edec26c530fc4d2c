import Core
import EventBus
import FunctionRuntime
import LambdaEvents
import Logging
import ObjectStore
import S3Protocol

/// The functions of the article "Writing a function".
@main
struct WordCount: Function {
  static let handlers: FunctionHandlers = [
    "Greet": { _ in
      TypedHandler { (guest: Guest, context) in
        context.logger.info("greeting", metadata: ["name": "\(guest.name)"])
        return Greeting(text: "Hello, \(guest.name)!")
      }
    },
    "Count": { launch in
      var environment = EnvironmentReader(launch.environment)
      let bucket = environment.string("ResultBucketName")
      let configuration = S3Configuration(environment: &environment)
      try environment.validate()
      let store = S3Client(configuration: configuration, http: launch.http)
      return CountHandler(store: store, bucket: bucket)
    },
    "Latest": { launch in
      HTTPHandler { event, _ in
        guard let name = event.pathParameters["name"] else { return .text("name a text\n", status: 400) }
        return .text("looking for \(name)\n")
      }
    },
  ]
}

struct Guest: Decodable {
  var name: String
}

struct Greeting: Encodable {
  var text: String
}

/// Counts the words of each uploaded text.
struct CountHandler: FunctionHandler {
  let store: any ObjectStore
  let bucket: String

  func handle(_ event: [UInt8], _ context: InvocationContext) async throws -> [UInt8] {
    for notification in try S3Notification.decode(event) {
      let upload = try notification.get()
      let (info, bytes) = try await store.get(upload.key, in: upload.bucket)
      guard info.size <= 1 << 20 else { throw TextTooLong(key: upload.key) }
      let count = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace).count
      var options = PutOptions(contentType: "application/json")
      options.metadata = ["source-etag": info.etag.value]
      _ = try await store.put(JSON.encode(["words": count]), as: "\(upload.key).json", in: bucket, options: options)
    }
    return Array("null".utf8)
  }
}

/// Another try cannot help.
struct TextTooLong: ClassifiedError {
  let key: String

  var code: String { "TextTooLong" }
  var message: String { "'\(key)' is longer than 1 MiB; split it" }
  var isRetryable: Bool { false }
}
