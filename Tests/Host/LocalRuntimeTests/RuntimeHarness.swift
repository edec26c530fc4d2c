import LocalStorage
import Encodings
import FoundationEssentials
import Glibc
import HTTPTransport
import LocalRuntime
import Logging
import Core
import SigV4

/// A whole runtime in a folder of its own, with functions in Python, and signed requests to it.
final class RuntimeHarness: Sendable {
  let folder: String
  let http = CurlTransport()
  private let retryDelay: Duration
  private let drainTimeout: Duration

  /// Every function appends its events to `events.jsonl` and does what the event says.
  static let script = #"""
    #!/usr/bin/python3 -u
    import http.client, json, os, sys, time
    name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
    api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    base = "/2018-06-01/runtime/invocation/"
    while True:
        api.request("GET", base + "next")
        answer = api.getresponse(); body = answer.read()
        request = answer.getheader("Lambda-Runtime-Aws-Request-Id")
        event = json.loads(body)
        line = json.dumps({"function": name, "request": request, "event": event}) + "\n"
        log = os.open(os.environ["RESULTS"] + "/events.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(log, line.encode()); os.close(log)
        detail = event.get("detail", event)
        print("working on", request)
        failing = detail.get("fail", 0)
        marks = os.environ["RESULTS"] + "/failed-" + request
        if failing > 0:
            tries = len(open(marks).read()) if os.path.exists(marks) else 0
            if tries < failing:
                open(marks, "a").write("x")
                api.request("POST", base + request + "/error", json.dumps({"errorType": "Ordered", "errorMessage": "as ordered"}))
                api.getresponse().read(); continue
        if "hold" in detail:
            while not os.path.exists(os.environ["RESULTS"] + "/" + detail["hold"]): time.sleep(0.005)
        if "crash" in detail: os._exit(9)
        api.request("POST", base + request + "/response", json.dumps({"echo": event}))
        api.getresponse().read()
    """#

  static let template = """
    AWSTemplateFormatVersion: "2010-09-09"
    Transform: AWS::Serverless-2016-10-31
    Globals:
      Function:
        Runtime: provided.al2023
        CodeUri: code/
        Handler: bootstrap
        Timeout: 20
        MemorySize: 256
        Environment:
          Variables:
            RESULTS: RESULTS_FOLDER
    Resources:
      Uploads:
        Type: AWS::S3::Bucket
        Properties:
          BucketName: uploads
      Letters:
        Type: AWS::SQS::Queue
      OnUpload:
        Type: AWS::Serverless::Function
        Properties:
          FunctionName: on-upload
          Events:
            Upload:
              Type: S3
              Properties:
                Bucket: !Ref Uploads
                Events: s3:ObjectCreated:*
                Filter:
                  S3Key:
                    Rules:
                      - Name: suffix
                        Value: .mp4
      OnEvent:
        Type: AWS::Serverless::Function
        Properties:
          FunctionName: on-event
          DeadLetterQueue:
            Type: SQS
            TargetArn: !GetAtt Letters.Arn
          EventInvokeConfig:
            MaximumRetryAttempts: 1
            DestinationConfig:
              OnFailure:
                Type: Lambda
                Destination: !GetAtt OnFailure.Arn
          Events:
            Rule:
              Type: EventBridgeRule
              Properties:
                Pattern:
                  source: [test]
      OnFailure:
        Type: AWS::Serverless::Function
        Properties:
          FunctionName: on-failure
    """

  init(retryDelay: Duration = .milliseconds(20), drainTimeout: Duration = .seconds(20)) throws {
    folder = "/tmp/zoetrope-runtime-\(RequestID.make())"
    self.retryDelay = retryDelay
    self.drainTimeout = drainTimeout
    try FileManager.default.createDirectory(atPath: "\(folder)/code", withIntermediateDirectories: true)
    try Data(Self.script.utf8).write(to: URL(filePath: "\(folder)/code/bootstrap"))
    chmod("\(folder)/code/bootstrap", 0o755)
    let template = Self.template.split(separator: "RESULTS_FOLDER").map(String.init).joined(separator: folder)
    try Data(template.utf8).write(to: URL(filePath: "\(folder)/template.yaml"))
  }

  func configuration() -> LocalRuntimeConfiguration {
    var configuration = LocalRuntimeConfiguration(
      dataFolder: "\(folder)/data", templatePath: "\(folder)/template.yaml", functionsFolder: folder, port: 0,
      adminPort: 0,
      credentials: Credentials(accessKeyID: "zoetrope", secretAccessKey: "zoetrope-secret", sessionToken: nil),
      concurrency: 4, retryDelay: retryDelay, drainTimeout: drainTimeout)
    configuration.apiPort = 0
    return configuration
  }

  /// Runs the runtime while `body` runs, then ends it gracefully.
  func run(_ body: @escaping @Sendable (Client) async throws -> Void) async throws {
    let (addresses, continuation) = AsyncStream.makeStream(of: HostAddresses.self)
    let runtime = try await LocalRuntime(configuration: configuration(), logger: Logger(label: "test")) {
      continuation.yield($0)
    }
    let task = Task {
      defer { continuation.finish() }
      try await runtime.run()
    }
    do {
      for await address in addresses {
        try await body(Client(addresses: address, http: http))
        break
      }
    } catch {
      task.cancel()
      try await task.value
      throw error
    }
    task.cancel()
    try await task.value
  }

  /// What functions received so far.
  var events: [JSONValue] {
    guard let text = try? String(contentsOf: URL(filePath: "\(folder)/events.jsonl"), encoding: .utf8) else {
      return []
    }
    return text.split(separator: "\n").compactMap { try? JSON.decode(from: Array($0.utf8)) }
  }

  func events(_ function: String) -> [JSONValue] { events.filter { $0["function"]?.stringValue == function } }

  func release(_ name: String) throws { try Data().write(to: URL(filePath: "\(folder)/\(name)")) }

  func close() throws {
    http.shutdown()
    try FileManager.default.removeItem(atPath: folder)
  }

  struct Client: Sendable {
    let addresses: HostAddresses
    let http: CurlTransport

    /// A signed request.
    func call(
      _ method: String, _ path: String, service: String = "s3", query: String = "",
      headers: [(name: String, value: String)] = [], body: [UInt8] = [],
      credentials: Credentials = Credentials(
        accessKeyID: "zoetrope", secretAccessKey: "zoetrope-secret", sessionToken: nil)
    ) async throws -> HTTPResponse {
      var headers = [(name: "host", value: String(addresses.endpoint.dropFirst(7)))] + headers
      let signer = SigV4Signer(credentials: credentials, region: "us-east-1", service: service)
      headers += signer.headers(
        for: SignableRequest(method: method, path: path, query: QueryString.parse(query), headers: headers),
        payload: .of(body), at: Date())
      let url = addresses.endpoint + path + (query.isEmpty ? "" : "?\(query)")
      return try await http.send(
        HTTPRequest(method: method, url: url, headers: HTTPHeaders(headers.map { ($0.name, $0.value) }), body: body))
    }

    /// PutEvents with one entry.
    func publish(_ detail: JSONValue, source: String = "test", key: String? = nil) async throws -> JSONValue {
      let entry: JSONValue = .object([
        "Source": .string(source), "DetailType": .string("t"),
        "Detail": .string(String(decoding: try JSON.encode(detail), as: UTF8.self)),
      ])
      var headers = [
        (name: "x-amz-target", value: "AWSEvents.PutEvents"),
        (name: "content-type", value: "application/x-amz-json-1.1"),
      ]
      if let key { headers.append((name: "x-zoetrope-idempotency-key", value: key)) }
      let body = try JSON.encode(JSONValue.object(["Entries": .array([entry])]))
      let response = try await call("POST", "/", service: "events", headers: headers, body: body)
      return try JSON.decode(from: response.body)
    }

    func invoke(
      _ function: String, _ event: String, type: String = "RequestResponse", tail: Bool = false
    ) async throws -> HTTPResponse {
      var headers = [(name: "x-amz-invocation-type", value: type)]
      if tail { headers.append((name: "x-amz-log-type", value: "Tail")) }
      return try await call(
        "POST", "/2015-03-31/functions/\(function)/invocations", service: "lambda", headers: headers,
        body: Array(event.utf8))
    }

    func admin(_ method: String, _ path: String, headers: HTTPHeaders = .init()) async throws -> HTTPResponse {
      try await http.send(HTTPRequest(method: method, url: addresses.admin + path, headers: headers))
    }

    func adminJSON(_ method: String, _ path: String) async throws -> JSONValue {
      try JSON.decode(from: try await admin(method, path).body)
    }
  }
}

/// Runs a test with a harness that is removed afterwards.
func withHarness(
  retryDelay: Duration = .milliseconds(20), drainTimeout: Duration = .seconds(20),
  _ body: (RuntimeHarness) async throws -> Void
) async throws {
  let harness = try RuntimeHarness(retryDelay: retryDelay, drainTimeout: drainTimeout)
  do {
    try await body(harness)
  } catch {
    try? harness.close()
    throw error
  }
  try harness.close()
}

/// Waits until `condition` holds, within bounds.
func eventually(_ condition: () async throws -> Bool) async throws -> Bool {
  for _ in 0..<1000 {
    if try await condition() { return true }
    try await Task.sleep(for: .milliseconds(10))
  }
  return try await condition()
}
