import SAMTemplate
import Schedules
import Testing

/// One event of a function `F`, and whether it is honoured (what the model then holds) or refused (path and message).
private struct Row: CustomTestStringConvertible {
  enum Expected {
    case honoured(String)
    case refused(String, String)
  }

  let properties: String
  let expected: Expected
  var sections = ""
  var resources = ""
  var attributes = ""

  init(
    _ properties: String, _ expected: Expected, sections: String = "", resources: String = "", attributes: String = ""
  ) {
    self.properties = properties
    self.expected = expected
    self.sections = sections
    self.resources = resources
    self.attributes = attributes
  }

  var testDescription: String { "\(properties) \(sections) \(resources)" }

  var text: String {
    let all = function(properties, sections: sections, attributes: attributes)
    return resources.isEmpty
      ? all : all + "\n" + resources.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n")
  }

  static func event(
    _ type: String, _ properties: String, _ expected: Expected, sections: String = "", resources: String = ""
  ) -> Row {
    Row("Events: {E: {Type: \(type), Properties: {\(properties)}}}", expected, sections: sections, resources: resources)
  }
}

private let at = "Resources.F.Properties.Events.E"

private func api(_ properties: String) -> String { "A: {Type: AWS::Serverless::HttpApi, Properties: {\(properties)}}" }

private func summary(_ template: Template) -> String {
  var lines: [String] = []
  for function in template.functions {
    for route in function.routes {
      lines.append(
        "\(route.routeKey) in \(route.api)\(route.authorization == .iam ? " iam" : "") \(route.timeoutMilliseconds)")
    }
    if let url = function.url {
      lines.append("url \(url.invokeMode.rawValue)\(url.authorization == .iam ? " iam" : "") \(cors(url.cors))")
    }
    for rule in function.schedules {
      lines.append("\(rule.name) \(rule.expression.text) \(rule.timeZone) \(rule.isEnabled) \(rule.input ?? "-")")
    }
  }
  for api in template.apis where api.cors != nil || !api.stageVariables.isEmpty {
    lines.append("\(api.logicalID) \(cors(api.cors)) \(api.stageVariables)")
  }
  return lines.joined(separator: "; ")
}

private func cors(_ cors: CORSConfiguration?) -> String {
  guard let cors else { return "-" }
  let age = cors.maximumAgeSeconds.map { " \($0)" } ?? ""
  return "\(cors.allowedOrigins) \(cors.allowedMethods) \(cors.allowedHeaders) \(cors.exposedHeaders)"
    + "\(cors.allowsCredentials ? " credentials" : "")\(age)"
}

@Suite("HTTP and schedules")
struct HTTPTests {
  @Test(
    "Routes",
    arguments: [
      Row.event("HttpApi", "Path: /pets, Method: get", .honoured("GET /pets in ServerlessHttpApi 30000")),
      .event("HttpApi", "Path: '/pets/{id}', Method: ANY", .honoured("ANY /pets/{id} in ServerlessHttpApi 30000")),
      .event(
        "HttpApi", "Path: '/f/{p+}', Method: x-amazon-apigateway-any-method",
        .honoured("ANY /f/{p+} in ServerlessHttpApi 30000")),
      .event("HttpApi", "Path: /, Method: POST, TimeoutInMillis: 500", .honoured("POST / in ServerlessHttpApi 500")),
      .event("HttpApi", "Path: $default, Method: any", .honoured("$default in ServerlessHttpApi 30000")),
      .event(
        "HttpApi", "Path: /a, Method: GET, PayloadFormatVersion: '2.0'", .honoured("GET /a in ServerlessHttpApi 30000")),
      Row("Events: {E: {Type: HttpApi}}", .honoured("$default in ServerlessHttpApi 30000")),
      .event(
        "HttpApi", "Path: /a, Method: GET, ApiId: !Ref A", .honoured("GET /a in A 30000"),
        resources: api("Description: x")),
      .event(
        "HttpApi", "Path: /a, Method: GET, ApiId: !Ref A", .honoured(#"GET /a in A 30000; A ["*"] [] [] [] [:]"#),
        resources: api("CorsConfiguration: true")),
      .event(
        "HttpApi", "Path: /a, Method: GET, ApiId: !Ref A",
        .honoured(
          #"GET /a in A 30000; A ["https://a.example"] ["GET", "*"] ["x-a"] ["X-B"] credentials 60 ["k": "v"]"#),
        resources: api(
          "StageVariables: {k: v}, CorsConfiguration: {AllowOrigins: ['https://a.example'], AllowMethods: [get, '*'], "
            + "AllowHeaders: [X-A], ExposeHeaders: X-B, MaxAge: 60, AllowCredentials: true}")),
      .event(
        "HttpApi", "Path: /a, Method: GET",
        .honoured(#"GET /a in ServerlessHttpApi 30000; ServerlessHttpApi ["https://a.example"] [] [] [] [:]"#),
        sections: "Globals: {HttpApi: {CorsConfiguration: 'https://a.example'}}"),
      .event(
        "HttpApi", "Path: /a, Method: GET, Auth: {Authorizer: AWS_IAM}",
        .honoured("GET /a in ServerlessHttpApi iam 30000"),
        sections: "Globals: {HttpApi: {Auth: {EnableIamAuthorizer: true}}}"),
      .event(
        "HttpApi", "Path: /a, Method: GET, ApiId: !Ref A", .honoured("GET /a in A iam 30000"),
        resources: api("Auth: {EnableIamAuthorizer: true, DefaultAuthorizer: AWS_IAM}")),
      .event(
        "HttpApi", "Path: /a, Method: GET, ApiId: !Ref A, Auth: {Authorizer: NONE}", .honoured("GET /a in A 30000"),
        resources: api("Auth: {EnableIamAuthorizer: true, DefaultAuthorizer: AWS_IAM}")),
      Row(
        "Environment: {Variables: {Api: !Ref ServerlessHttpApi}}\nEvents: {E: {Type: HttpApi}}",
        .honoured("$default in ServerlessHttpApi 30000")),
      .event("HttpApi", "Path: /a", .refused("\(at).Properties", "must have the property Method")),
      .event("HttpApi", "Method: GET", .refused("\(at).Properties", "must have the property Path")),
      .event("HttpApi", "Path: a, Method: GET", .refused("\(at).Properties.Path", "must begin with '/'")),
      .event("HttpApi", "Path: /a, Method: FETCH", .refused("\(at).Properties.Method", "must be one of ANY")),
      .event("HttpApi", "Path: '/a{b}', Method: GET", .refused("\(at).Properties.Path", "whole segments only")),
      .event("HttpApi", "Path: '/{a+}/b', Method: GET", .refused("\(at).Properties.Path", "as its last segment")),
      .event("HttpApi", "Path: '/{a}/{a}', Method: GET", .refused("\(at).Properties.Path", "twice")),
      .event("HttpApi", "Path: '/{}', Method: GET", .refused("\(at).Properties.Path", "letters, digits")),
      .event("HttpApi", "Path: '/{a b}', Method: GET", .refused("\(at).Properties.Path", "letters, digits")),
      .event(
        "HttpApi", "Path: /a, Method: GET, PayloadFormatVersion: '1.0'",
        .refused("\(at).Properties.PayloadFormatVersion", "must be '2.0'")),
      .event(
        "HttpApi", "Path: /a, Method: GET, TimeoutInMillis: 30001",
        .refused("\(at).Properties.TimeoutInMillis", "from 50 to 30000")),
      .event("HttpApi", "Path: /a, Method: GET, ApiId: abc", .refused("\(at).Properties.ApiId", "must be !Ref NAME")),
      .event(
        "HttpApi", "Path: /a, Method: GET, ApiId: !Ref B", .refused("\(at).Properties.ApiId", "must be !Ref NAME")),
      .event(
        "HttpApi", "Path: /a, Method: GET, Auth: {Authorizer: Mine}",
        .refused("\(at).Properties.Auth.Authorizer", "one of 'AWS_IAM'")),
      .event(
        "HttpApi", "Path: /a, Method: GET, Auth: {Authorizer: AWS_IAM}",
        .refused("\(at).Properties.Auth.Authorizer", "EnableIamAuthorizer")),
      .event(
        "HttpApi", "Path: /a, Method: GET, RouteSettings: {ThrottlingBurstLimit: 5}",
        .refused("\(at).Properties.RouteSettings.ThrottlingBurstLimit", "ReservedConcurrentExecutions")),
      .event(
        "HttpApi", "Path: /a, Method: GET, Cache: 1", .refused("\(at).Properties.Cache", "cannot be honoured here")),
      .event("Api", "Path: /a, Method: GET", .refused(at, "use HttpApi")),
      Row(
        "Events:\n  E: {Type: HttpApi, Properties: {Path: '/a/{x}', Method: GET}}\n  G: {Type: HttpApi, Properties: {Path: '/a/{y}', Method: GET}}",
        .refused("Resources.F.Properties.Events.G", "has the route 'GET /a/{y}'")),
      .event(
        "HttpApi", "Path: /a, Method: GET, ApiId: !Ref A",
        .refused("Resources.A.Properties.StageName", "must be $default"), resources: api("StageName: prod")),
      .event(
        "HttpApi", "Path: /a, Method: GET, ApiId: !Ref A",
        .refused("Resources.A.Properties.DefinitionBody", "declare the routes"),
        resources: api("DefinitionBody: {openapi: 3.0.1}")),
      .event(
        "HttpApi", "Path: /a, Method: GET, ApiId: !Ref A",
        .refused("Resources.A.Properties.Auth.Authorizers", "check the token"),
        resources: api("Auth: {Authorizers: {J: {}}}")),
      .event(
        "HttpApi", "Path: /a, Method: GET, ApiId: !Ref A",
        .refused("Resources.A.Properties.CorsConfiguration", "origin '*'"),
        resources: api("CorsConfiguration: {AllowOrigins: ['*'], AllowCredentials: true}")),
      .event(
        "HttpApi", "Path: /a, Method: GET, ApiId: !Ref A",
        .refused("Resources.A.Properties.CorsConfiguration.AllowOrigins", "must have '*' or origins"),
        resources: api("CorsConfiguration: {AllowOrigins: [a.example]}")),
      .event(
        "HttpApi", "Path: /a, Method: GET, ApiId: !Ref A",
        .refused("Resources.A.Properties.CorsConfiguration.Origins", "cannot be honoured here"),
        resources: api("CorsConfiguration: {Origins: ['*']}")),
      .event(
        "HttpApi", "Path: /a, Method: GET, ApiId: !Ref A",
        .refused("Resources.A.Properties.DefaultRouteSettings.ThrottlingRateLimit", "cannot be honoured"),
        resources: api("DefaultRouteSettings: {ThrottlingRateLimit: 5}")),
    ])
  private func routes(row: Row) throws { try check(row) }

  @Test(
    "function URLs",
    arguments: [
      Row("FunctionUrlConfig: {AuthType: NONE}", .honoured("url BUFFERED -")),
      Row(
        "FunctionUrlConfig: {AuthType: AWS_IAM, InvokeMode: RESPONSE_STREAM}", .honoured("url RESPONSE_STREAM iam -")),
      Row(
        "FunctionUrlConfig: {AuthType: NONE, InvokeMode: BUFFERED, Cors: {AllowOrigins: ['*'], AllowMethods: ['*'], MaxAge: 0}}",
        .honoured(#"url BUFFERED ["*"] ["*"] [] [] 0"#)),
      Row(
        "Description: d", .honoured("url RESPONSE_STREAM -"),
        sections: "Globals: {Function: {FunctionUrlConfig: {AuthType: NONE, InvokeMode: RESPONSE_STREAM}}}"),
      Row(
        "FunctionUrlConfig: {AuthType: JWT}",
        .refused("Resources.F.Properties.FunctionUrlConfig.AuthType", "one of 'AWS_IAM', 'NONE'")),
      Row(
        "FunctionUrlConfig: {InvokeMode: BUFFERED}",
        .refused("Resources.F.Properties.FunctionUrlConfig", "must have the property AuthType")),
      Row(
        "FunctionUrlConfig: {AuthType: NONE, InvokeMode: STREAM}",
        .refused("Resources.F.Properties.FunctionUrlConfig.InvokeMode", "one of 'BUFFERED'")),
      Row(
        "FunctionUrlConfig: {AuthType: NONE, Cors: {AllowMethods: [OPTIONS]}}",
        .refused("Resources.F.Properties.FunctionUrlConfig.Cors.AllowMethods", "DELETE, GET")),
      Row(
        "FunctionUrlConfig: {AuthType: NONE, Cors: {MaxAge: 86401}}",
        .refused("Resources.F.Properties.FunctionUrlConfig.Cors.MaxAge", "from 0 to 86400")),
      Row(
        "FunctionUrlConfig: {AuthType: NONE, Alias: live}",
        .refused("Resources.F.Properties.FunctionUrlConfig.Alias", "cannot be honoured here")),
    ])
  private func functionURLs(row: Row) throws { try check(row) }

  @Test(
    "Schedules",
    arguments: [
      Row.event("Schedule", "Schedule: rate(5 minutes)", .honoured("FE rate(5 minutes) UTC true -")),
      .event(
        "Schedule", "Schedule: 'cron(0 8 ? * MON-FRI *)', Name: morning, Enabled: false, Input: '{\"a\":1}'",
        .honoured(#"morning cron(0 8 ? * MON-FRI *) UTC false {"a":1}"#)),
      .event(
        "Schedule", "Schedule: rate(1 day), State: DISABLED, RetryPolicy: {MaximumRetryAttempts: 2}",
        .honoured("FE rate(1 day) UTC false -")),
      .event(
        "Schedule", "Schedule: rate(1 day), DeadLetterConfig: {Arn: !GetAtt Q.Arn}",
        .honoured("FE rate(1 day) UTC true -")),
      .event("ScheduleV2", "ScheduleExpression: rate(1 hour)", .honoured("FE rate(1 hour) UTC true -")),
      .event(
        "ScheduleV2",
        "ScheduleExpression: cron(0 8 * * ? *), ScheduleExpressionTimezone: Europe/Berlin, State: ENABLED, "
          + "FlexibleTimeWindow: {Mode: FLEXIBLE, MaximumWindowInMinutes: 5}, StartDate: '2026-01-01T00:00:00Z'",
        .honoured("FE cron(0 8 * * ? *) Europe/Berlin true -")),
      .event(
        "ScheduleV2", "ScheduleExpression: 'at(2030-01-01T00:00:00)', GroupName: g, Description: d",
        .honoured("FE at(2030-01-01T00:00:00) UTC true -")),
      .event(
        "Schedule", "Schedule: 'at(2030-01-01T00:00:00)'", .refused("\(at).Properties.Schedule", "rate(…) or cron(…)")),
      .event(
        "Schedule", "Schedule: rate(1 minutes)", .refused("\(at).Properties.Schedule", "must be 'rate(1 minute)'")),
      .event("Schedule", "Schedule: cron(0 8 * * * *)", .refused("\(at).Properties.Schedule", "'?' in exactly one")),
      .event("Schedule", "Name: x", .refused("\(at).Properties", "must have the property Schedule")),
      .event(
        "Schedule", "Schedule: rate(1 day), Enabled: true, State: ENABLED",
        .refused("\(at).Properties", "only one of Enabled and State")),
      .event("Schedule", "Schedule: rate(1 day), Input: '{a'", .refused("\(at).Properties.Input", "must be JSON")),
      .event(
        "ScheduleV2", "ScheduleExpression: rate(1 day), ScheduleExpressionTimezone: Mars/Base",
        .refused("\(at).Properties.ScheduleExpressionTimezone", "time zone database")),
      .event(
        "ScheduleV2", "ScheduleExpression: rate(1 day), EndDate: tomorrow",
        .refused("\(at).Properties.EndDate", "must be a time")),
      .event(
        "ScheduleV2",
        "ScheduleExpression: rate(1 day), StartDate: '2027-01-01T00:00:00Z', EndDate: '2026-12-31T00:00:00Z'",
        .refused("\(at).Properties.EndDate", "must be after StartDate")),
      .event(
        "ScheduleV2", "ScheduleExpression: rate(1 day), FlexibleTimeWindow: {Mode: FLEXIBLE}",
        .refused("\(at).Properties.FlexibleTimeWindow", "MaximumWindowInMinutes")),
      .event(
        "ScheduleV2", "ScheduleExpression: rate(1 day), Timezone: UTC",
        .refused("\(at).Properties.Timezone", "cannot be honoured here")),
      Row(
        "Events:\n  E: {Type: Schedule, Properties: {Schedule: rate(1 day), Name: n}}\n  G: {Type: Schedule, Properties: {Schedule: rate(1 day), Name: n}}",
        .refused("Resources.F.Properties.Events", "has the schedule 'n'")),
    ])
  private func schedules(row: Row) throws { try check(row) }

  private func check(_ row: Row) throws {
    switch row.expected {
    case .honoured(let expected):
      #expect(problems(row.text) == [])
      #expect(try summary(load(row.text)) == expected)
    case .refused(let path, let words):
      let found = problems(row.text)
      #expect(found.count == 1 && found.allSatisfy { $0.hasPrefix("\(path): ") && $0.contains(words) }, "\(found)")
    }
  }

  @Test("the limits and variables of Metadata.Zoetrope")
  func settings() throws {
    let text = function(
      "Environment: {Variables: {MAX: '1073741824'}}",
      attributes: "Metadata: {Zoetrope: {MaximumBody: MAX, Port: PORT_NAME, Address: HOST_NAME, Concurrency: JOBS}}")
    let settings = try #require(try load(text).functions.first).settings
    #expect(settings.maximumBody == .variable("MAX"))
    #expect(settings.maximumBody?.bytes(in: ["MAX": "12"]) == 12)
    #expect(settings.portVariable == "PORT_NAME")
    #expect(settings.addressVariable == "HOST_NAME")
    #expect(settings.concurrencyVariable == "JOBS")
    let number = function(attributes: "Metadata: {Zoetrope: {MaximumBody: 1000}}")
    #expect(try load(number).functions.first?.settings.maximumBody == .bytes(1000))
  }

  @Test(
    "metadata that names nothing is refused",
    arguments: [
      ("MaximumBody: MAX", "MaximumBody"), ("MaximumBody: -1", "MaximumBody"), ("Port: 8080", "Port"),
      ("Address: a-b", "Address"), ("Routes: x", "Routes"),
    ])
  func badSettings(metadata: String, property: String) {
    let found = problems(function(attributes: "Metadata: {Zoetrope: {\(metadata)}}"))
    #expect(
      found.count == 1 && found.first?.hasPrefix("Resources.F.Metadata.Zoetrope.\(property): ") == true, "\(found)")
  }

  @Test("the default event of a schedule says where it comes from")
  func names() throws {
    let text = function(
      """
      Events:
        A: {Type: Schedule, Properties: {Schedule: rate(1 day)}}
        B: {Type: ScheduleV2, Properties: {ScheduleExpression: rate(1 day), GroupName: g}}
      """)
    #expect(
      try load(text).schedules.map(\.arn) == [
        "arn:aws:events:us-east-1:000000000000:rule/FA", "arn:aws:scheduler:us-east-1:000000000000:schedule/g/FB",
      ])
  }
}
