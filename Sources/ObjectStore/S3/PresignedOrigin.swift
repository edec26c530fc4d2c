/// Who is to use a presigned address, and so what it begins with.
package enum PresignedOrigin: Sendable, Equatable {
  /// Programs that reach the store as this process does.
  case own
  /// Clients elsewhere: `S3Configuration.publicEndpoint`, or as `own` without one.
  case clients
  /// Clients of something that passes presigned requests on, such as `https://media.example.com/_store`. It knows how the
  /// store is called here. A configured `publicEndpoint` goes before it.
  case through(String)

  /// What a request says of its caller.
  ///
  /// - Parameters:
  ///   - isLocal: it came by the pages' port, which passes presigned requests on itself.
  ///   - base: what passes requests on for the caller; nil: nothing is known.
  package init(isLocal: Bool, through base: String?) {
    self = isLocal ? .own : base.map(Self.through) ?? .clients
  }
}
