import Core
import LambdaEvents
import ObjectCache

extension ReferenceAnswers {
  static func refusal(_ status: Int, _ message: String) -> HTTPResult {
    var json = JSONWriter()
    json.object { $0.member("message", message) }
    return .bytes(json.bytes, contentType: "application/json", status: status)
  }

  static func failure(_ failure: ResultFailure) -> HTTPResult {
    var json = JSONWriter()
    json.object { json in
      json.name("statusCode")
      json.value(failure.statusCode)
      json.member("error", failure.code)
      json.member("message", failure.message)
    }
    var answer = HTTPResult.bytes(json.bytes, contentType: "application/json", status: failure.statusCode)
    if failure.statusCode == 503 { answer.headers.append(.init("retry-after", "2")) }
    return answer
  }

  static func tooLate(_ limits: HTTPResult.FollowLimits) -> ResultFailure {
    ResultFailure(
      statusCode: 504, code: "Gateway Timeout",
      message: "the result did not begin within \(limits.firstByte ?? 0) s")
  }

  static let notReady = ResultFailure(
    statusCode: 503, code: "Service Unavailable", message: "the result is not ready yet; ask for it again",
    isRetryable: true)
}
