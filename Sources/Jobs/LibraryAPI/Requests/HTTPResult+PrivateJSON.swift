import LambdaEvents

extension HTTPResult {
  /// An answer for its caller alone.
  static func privateJSON(_ value: some Encodable, status: Int = 200) throws -> HTTPResult {
    var result = try HTTPResult.json(value, status: status)
    result.headers.append(.init("cache-control", "private, no-store"))
    return result
  }
}
