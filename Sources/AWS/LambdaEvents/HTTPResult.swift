import Core

/// What a function answers to an HTTP request.
package struct HTTPResult: Sendable, Equatable {
  /// 100 … 599. 100 is the body check's "go on".
  package var status: Int
  /// In the order in which they are sent.
  package var headers: [Header]
  /// Values of `Set-Cookie`.
  package var cookies: [String]
  package var body: Body

  package struct Header: Sendable, Equatable {
    package var name: String
    package var value: String

    package init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  package enum Body: Sendable, Equatable {
    case bytes([UInt8])
    /// The gateway sends what is found there.
    case reference(Reference)
  }

  /// Names a body instead of carrying it.
  package enum Reference: Sendable, Equatable {
    /// A finished object, sent with ranges, `ETag` and caching headers.
    ///
    /// - Parameter isOptional: if there is no such object the function is asked again, with the phase `missing`. Only for
    ///   a platform that sends what answers refer to, and requests whose body travels in the event.
    case object(bucket: String, key: String, isOptional: Bool = false)
    /// A result that may still be in the making: its claim and chunks are below `prefix`, the finished object is `key`.
    case follow(bucket: String, prefix: String, key: String, limits: FollowLimits = FollowLimits())
    /// A job whose document is `key`, with the records of its parts below `records`: sent as server-sent events.
    case events(bucket: String, key: String, records: String, states: DocumentStates? = nil)
    /// What another function of the same host answers to the same request. Only the gateway can ask it.
    case invoke(function: String)
  }

  /// Says that a document has several states of its own, and is itself the data of every event.
  package struct DocumentStates: Sendable, Equatable {
    /// Members of the document. It is under way while one of them is `queued` or `processing`, or its `version` is 0.
    package var members: [String]
    /// Bucket of the parts' records.
    package var recordsBucket: String

    package init(members: [String], recordsBucket: String) {
      self.members = members
      self.recordsBucket = recordsBucket
    }
  }

  /// How long callers of a result in the making are kept waiting, whole seconds; `nil`: as long as it takes.
  package struct FollowLimits: Sendable, Equatable {
    /// Until the first byte; then the answer is 504.
    package var firstByte: Int?
    /// Until the last byte; then the connection is aborted.
    package var total: Int?
    /// Function that answers the same request instead if the store has no room for the result; `nil`: none.
    package var substitute: String?

    package init(firstByte: Int? = nil, total: Int? = nil, substitute: String? = nil) {
      self.firstByte = firstByte
      self.total = total
      self.substitute = substitute
    }
  }

  package init(status: Int = 200, headers: [Header] = [], cookies: [String] = [], body: Body = .bytes([])) {
    self.status = status
    self.headers = headers
    self.cookies = cookies
    self.body = body
  }

  /// The first header of that name, without regard to case.
  package func header(_ name: String) -> String? {
    let name = name.lowercased()
    return headers.first { $0.name.lowercased() == name }?.value
  }

  /// The body's bytes; `nil` for a reference.
  package var bytes: [UInt8]? {
    if case .bytes(let bytes) = body { return bytes }
    return nil
  }
}

extension HTTPResult {
  package static func bytes(_ bytes: [UInt8], contentType: String, status: Int = 200) -> HTTPResult {
    HTTPResult(status: status, headers: [.init("content-type", contentType)], body: .bytes(bytes))
  }

  package static func text(_ text: String, status: Int = 200) -> HTTPResult {
    .bytes(Array(text.utf8), contentType: "text/plain; charset=utf-8", status: status)
  }

  /// - Throws: what encoding `value` throws.
  package static func json(_ value: some Encodable, status: Int = 200) throws -> HTTPResult {
    .bytes(try JSON.encode(value), contentType: "application/json", status: status)
  }

  package static func redirect(to url: String, status: Int = 302) -> HTTPResult {
    HTTPResult(status: status, headers: [.init("location", url)])
  }

  package static func reference(_ reference: Reference, headers: [Header] = [], status: Int = 200) -> HTTPResult {
    HTTPResult(status: status, headers: headers, body: .reference(reference))
  }

  /// The body check's answer that accepts the request.
  package static let accepted = HTTPResult(status: 100)
}
