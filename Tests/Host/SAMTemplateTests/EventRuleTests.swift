import Core
import SAMTemplate
import Testing

@Suite("Webhooks and rules of their own")
struct EventRuleTests {
  private func resources(
    connection: String =
      "AuthorizationType: API_KEY, AuthParameters: {ApiKeyAuthParameters: {ApiKeyName: X-Key, ApiKeyValue: k}}",
    destination: String = "HttpMethod: POST, InvocationEndpoint: 'https://r.example/hook'",
    metadata: String = "", target: String = "Id: hook, Arn: !GetAtt D.Arn", rule: String = ""
  ) -> String {
    template(
      resources: """
        C: {Type: AWS::Events::Connection, Properties: {\(connection)}}
        D:
          Type: AWS::Events::ApiDestination
          Metadata: {Zoetrope: {\(metadata)}}
          Properties: {ConnectionArn: !GetAtt C.Arn, \(destination)}
        Q: {Type: AWS::SQS::Queue}
        R:
          Type: AWS::Events::Rule
          Properties: {EventPattern: {source: [s]}, Targets: [{\(target)}]\(rule)}
        """)
  }

  @Test("a rule posts to an API destination with its connection's key")
  func whole() throws {
    let loaded = try load(
      resources(
        destination:
          "Name: hook, HttpMethod: PUT, InvocationEndpoint: 'https://r.example/hook', InvocationRateLimitPerSecond: 7",
        metadata: "AllowedAddresses: '127.0.0.1, ::1'",
        target: """
          Id: hook, Arn: !GetAtt D.Arn, RoleArn: !GetAtt Any.Arn, InputPath: $.detail,
          RetryPolicy: {MaximumRetryAttempts: 5, MaximumEventAgeInSeconds: 600},
          DeadLetterConfig: {Arn: !GetAtt Q.Arn}
          """, rule: ", State: DISABLED, Name: videos, EventBusName: mine"))
    let destination = try #require(loaded.apiDestinations.first)
    #expect(destination.name == "hook" && destination.method == "PUT" && destination.rateLimit == 7)
    #expect(destination.authorization == .apiKey(name: "X-Key", value: "k"))
    #expect(destination.allowedAddresses == ["127.0.0.1", "::1"])
    #expect(
      destination.arn
        == "arn:aws:events:us-east-1:000000000000:api-destination/hook/00000000-0000-0000-0000-000000000000")
    let rule = try #require(loaded.eventRules.first)
    #expect(rule.name == "videos" && rule.busName == "mine" && !rule.isEnabled)
    let target = try #require(rule.targets.first)
    #expect(target.recipient == .apiDestination(logicalID: "D") && target.arn == destination.arn)
    #expect(target.delivery.inputPath == "$.detail" && target.delivery.deadLetterQueue == "Q")
    #expect(target.delivery.maximumRetryAttempts == 5 && target.delivery.maximumEventAgeSeconds == 600)
  }

  @Test("without metadata only public addresses are reached")
  func defaults() throws {
    let destination = try #require(try load(resources(metadata: "AllowedAddresses: ''")).apiDestinations.first)
    #expect(destination.allowedAddresses == [] && destination.rateLimit == 300)
    #expect(destination.name == "D")
  }

  @Test("a connection adds a password, headers and parameters")
  func basic() throws {
    let destination = try #require(
      try load(
        resources(
          connection: """
            AuthorizationType: BASIC, AuthParameters: {BasicAuthParameters: {Username: u, Password: p},
            InvocationHttpParameters: {HeaderParameters: [{Key: X-A, Value: a, IsValueSecret: false}],
            QueryStringParameters: [{Key: q, Value: v}]}}
            """)
      ).apiDestinations.first)
    #expect(destination.authorization == .basic(username: "u", password: "p"))
    #expect(destination.headers == [NamedText("X-A", "a")] && destination.query == [NamedText("q", "v")])
  }

  @Test("a rule of its own reaches functions, too")
  func functions() throws {
    let text = template(
      "Globals: {Function: {Runtime: provided.al2, CodeUri: ., Handler: x}}",
      resources: """
        F: {Type: AWS::Serverless::Function}
        R:
          Type: AWS::Events::Rule
          Properties: {EventPattern: {source: [s]}, Targets: [{Id: f, Arn: !GetAtt F.Arn, Input: '{}'}]}
        """)
    #expect(try load(text).eventRules.first?.targets.first?.recipient == .function(logicalID: "F"))
  }

  @Test(
    "what cannot be honoured is a problem at its place",
    arguments: [
      ("AuthorizationType: OAUTH_CLIENT_CREDENTIALS, AuthParameters: {OAuthParameters: {}}", "", "", "OAUTH"),
      ("AuthorizationType: API_KEY, AuthParameters: {}", "", "", "ApiKeyAuthParameters"),
      (
        "AuthorizationType: BASIC, AuthParameters: {BasicAuthParameters: {Username: u, Password: p}, InvocationHttpParameters: {BodyParameters: []}}",
        "", "", "BodyParameters"
      ),
      ("", "HttpMethod: GET, InvocationEndpoint: 'https://r.example/'", "", "must be one of 'POST'"),
      ("", "HttpMethod: POST", "", "InvocationEndpoint"),
      ("", "", "Id: hook, Arn: 'arn:aws:sqs:x'", "function or an API destination"),
      ("", "", "Id: hook, Arn: !GetAtt D.Arn, HttpParameters: {HeaderParameters: {a: b}}", "InvocationHttpParameters"),
      ("", "", "Id: hook, Arn: !GetAtt D.Arn, EcsParameters: {}", "EcsParameters"),
      ("", "", "Arn: !GetAtt D.Arn", "Id"),
    ])
  func refused(connection: String, destination: String, target: String, expected: String) {
    let usual = resources()
    let text =
      !connection.isEmpty
      ? resources(connection: connection)
      : !destination.isEmpty ? resources(destination: destination) : resources(target: target)
    #expect(problems(usual) == [])
    #expect(problems(text).contains { $0.contains(expected) }, "\(problems(text))")
  }

  @Test("schedules are functions' events")
  func schedule() {
    let text = template(
      resources:
        "R: {Type: AWS::Events::Rule, Properties: {ScheduleExpression: rate(1 hour), EventPattern: {source: [s]}}}")
    #expect(problems(text).contains { $0.contains("ScheduleExpression") })
  }
}
