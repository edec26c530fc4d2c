/// One request and its answer, as metrics count them.
package struct S3Exchange: Sendable {
  /// Such as `PutObject`; `Unknown` where the request makes none.
  package var operation: String
  /// The answer's HTTP status.
  package var status: Int
  /// Bytes of the request's body as announced.
  package var receivedBytes: Int
  /// Bytes of the answer's body as announced.
  package var sentBytes: Int
}
