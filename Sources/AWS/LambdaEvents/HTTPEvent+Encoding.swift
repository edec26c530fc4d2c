import Core
import Encodings

extension HTTPEvent {
  /// The event's JSON, in the order in which AWS's documentation shows it. Members without content are left out, as
  /// API Gateway leaves them out.
  package func json() -> [UInt8] {
    var writer = JSONWriter(capacity: 1024 + (body?.count ?? 0) * 4 / 3)
    writer.object { event in
      event.member("version", "2.0")
      event.member("routeKey", routeKey)
      event.member("rawPath", rawPath)
      event.member("rawQueryString", rawQueryString)
      if !cookies.isEmpty { event.member("cookies", cookies) }
      event.member("headers", headers)
      if !queryStringParameters.isEmpty { event.member("queryStringParameters", queryStringParameters) }
      event.object("requestContext") { requestContext.write(to: &$0) }
      if let body {
        if isBase64Encoded { event.member("body", Base64.encode(body)) } else { event.member("body", text: body) }
      }
      if !pathParameters.isEmpty { event.member("pathParameters", pathParameters) }
      event.member("isBase64Encoded", isBase64Encoded)
      if !stageVariables.isEmpty { event.member("stageVariables", stageVariables) }
    }
    return writer.bytes
  }
}

extension HTTPEvent.Context {
  fileprivate func write(to context: inout JSONWriter) {
    context.member("accountId", accountId)
    context.member("apiId", apiId)
    if let identity = authorizer?.iam {
      context.object("authorizer") { authorizer in
        authorizer.object("iam") { iam in
          iam.member("accessKey", identity.accessKey)
          iam.member("accountId", identity.accountId)
          iam.member("callerId", identity.callerId)
          iam.member("userArn", identity.userArn)
          iam.member("userId", identity.userId)
        }
      }
    }
    context.member("domainName", domainName)
    context.member("domainPrefix", domainPrefix)
    context.object("http") { request in
      request.member("method", http.method)
      request.member("path", http.path)
      request.member("protocol", http.protocol)
      request.member("sourceIp", http.sourceIp)
      request.member("userAgent", http.userAgent)
    }
    context.member("requestId", requestId)
    context.member("routeKey", routeKey)
    context.member("stage", stage)
    context.member("time", time)
    context.member("timeEpoch", timeEpoch)
    guard let zoetrope else { return }
    context.object("zoetrope") { extra in
      if let local = zoetrope.local { extra.member("local", local) }
      if let phase = zoetrope.phase { extra.member("phase", phase) }
      guard let parts = zoetrope.parts else { return }
      extra.array("parts", of: parts) { part, object in
        if let name = part.name { object.member("name", name) }
        if let name = part.fileName { object.member("fileName", name) }
        if let type = part.contentType { object.member("contentType", type) }
        object.member("size", part.size)
        object.member("sha256", part.sha256)
        object.member("url", part.url)
      }
    }
  }
}

extension HTTPEvent.Context {
  /// `12/Mar/2020:19:03:58 +0000`, as `time` has it.
  package static func time(secondsSince1970 seconds: Int64) -> String {
    let time = UTCTime(secondsSince1970: seconds)
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return "\(two(time.day))/\(months[time.month - 1])/\(time.year):\(two(time.hour)):\(two(time.minute)):"
      + "\(two(time.second)) +0000"
  }
}
