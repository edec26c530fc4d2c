import FoundationEssentials
import HTTPTransport
import LocalRuntime
import Logging
import Core
import SigV4
import Testing

@Suite struct LocalRuntimeTests {
  @Test("an upload invokes the function with S3's notification, other keys do not")
  func upload() async throws {
    try await withHarness { harness in
      try await harness.run { client in
        let key = "/uploads/some%20folder/%C3%BCn%C3%AF%2Bcode%20%26%20name.v2.mp4"
        for (path, body) in [("/uploads/notes.txt", "no video"), (key, "video")] {
          let response = try await client.call("PUT", path, body: Array(body.utf8))
          #expect(response.status == 200)
        }
        #expect(try await eventually { harness.events.count == 1 })
        let record = harness.events.first?["event"]?["Records"]?.arrayValue?.first
        #expect(record?["s3"]?["object"]?["key"]?.stringValue == "some+folder/%C3%BCn%C3%AF%2Bcode+%26+name.v2.mp4")
        #expect(record?["s3"]?["bucket"]?["name"]?.stringValue == "uploads")
        #expect(record?["eventName"]?.stringValue == "ObjectCreated:Put")
        #expect(record?["s3"]?["object"]?["size"]?.intValue == 5)
      }
      #expect(harness.events.count == 1)
    }
  }

  @Test("an event reaches the functions whose rules match, once per idempotency key")
  func events() async throws {
    try await withHarness { harness in
      try await harness.run { client in
        let first = try await client.publish(.object(["n": .integer(1)]), key: "k1")
        #expect(first["FailedEntryCount"]?.intValue == 0)
        #expect(try await client.publish(.object(["n": .integer(1)]), key: "k1") == first)
        #expect(
          try await client.publish(.object(["n": .integer(2)]), source: "other")["FailedEntryCount"]?.intValue == 0)
        #expect(try await eventually { harness.events.count == 1 })
        let event = harness.events.first?["event"]
        #expect(event?["detail"]?["n"]?.intValue == 1)
        #expect(event?["source"]?.stringValue == "test")
        #expect(event?["id"] == first["Entries"]?.arrayValue?.first?["EventId"])
        let refused = try await client.publish(.object([:]), source: "aws.forged")
        #expect(refused["FailedEntryCount"]?.intValue == 1)
      }
      #expect(harness.events.count == 1)
    }
  }

  @Test("a failing event is retried, then becomes a dead letter and tells the destination; redrive runs it again")
  func deadLetters() async throws {
    try await withHarness { harness in
      try await harness.run { client in
        _ = try await client.publish(.object(["fail": .integer(3)]))
        #expect(try await eventually { !harness.events("on-failure").isEmpty })
        #expect(harness.events("on-event").count == 2)
        let record = harness.events("on-failure").first?["event"]
        #expect(record?["requestContext"]?["condition"]?.stringValue == "RetriesExhausted")
        #expect(record?["requestContext"]?["approximateInvokeCount"]?.intValue == 2)
        #expect(record?["requestPayload"]?["detail"]?["fail"]?.intValue == 3)
        #expect(record?["responsePayload"]?["errorType"]?.stringValue == "Ordered")

        let letters = try await client.adminJSON("GET", "/api/dead-letters")["deadLetters"]?.arrayValue ?? []
        let letter = try #require(letters.first)
        #expect(letters.count == 1)
        #expect(letter["function"]?.stringValue == "on-event")
        #expect(letter["queue"]?.stringValue == "Letters")
        #expect(letter["attempts"]?.intValue == 2)
        #expect(letter["errorMessage"]?.stringValue == "as ordered")
        #expect(letter["event"]?["detail"]?["fail"]?.intValue == 3)

        #expect(try await client.admin("POST", "/api/dead-letters/redrive").status == 400)
        let id = try #require(letter["id"]?.intValue)
        #expect(try await client.adminJSON("POST", "/api/dead-letters/redrive?id=\(id)")["count"]?.intValue == 1)
        // The third try fails, the fourth succeeds.
        #expect(try await eventually { harness.events("on-event").count == 4 })
        #expect(
          try await eventually {
            try await client.adminJSON("GET", "/api/status")["functions"]?.arrayValue?
              .allSatisfy { $0["queued"]?.intValue == 0 && $0["deadLetters"]?.intValue == 0 } == true
          })
      }
    }
  }

  @Test("Invoke answers with the result, the log's tail, and Lambda's errors")
  func invoke() async throws {
    try await withHarness { harness in
      try await harness.run { client in
        let response = try await client.invoke("on-event", #"{"a":1}"#, tail: true)
        #expect(response.status == 200)
        #expect(try JSON.decode(JSONValue.self, from: response.body)["echo"]?["a"]?.intValue == 1)
        #expect(response.headers["X-Amz-Executed-Version"] == "$LATEST")
        let tail = response.headers["X-Amz-Log-Result"].flatMap { Data(base64Encoded: $0) } ?? Data()
        #expect(String(decoding: tail, as: UTF8.self).contains("working on "))
        #expect(String(decoding: tail, as: UTF8.self).contains("REPORT RequestId: "))

        let failed = try await client.invoke("on-event", #"{"fail":1}"#)
        #expect(failed.status == 200)
        #expect(failed.headers["X-Amz-Function-Error"] == "Unhandled")
        #expect(try JSON.decode(JSONValue.self, from: failed.body)["errorType"]?.stringValue == "Ordered")

        let unknown = try await client.invoke("unknown", "{}")
        #expect(unknown.status == 404)
        #expect(unknown.headers["x-amzn-ErrorType"] == "ResourceNotFoundException")
        #expect(try await client.invoke("on-event", "not json").status == 400)
        #expect(try await client.invoke("on-event", "{}", type: "DryRun").status == 204)
        let large = "\"" + String(repeating: "x", count: 1 << 20) + "\""
        #expect(try await client.invoke("on-event", large, type: "Event").status == 413)
        #expect(try await client.invoke("on-event", #"{"queued":true}"#, type: "Event").status == 202)
        #expect(try await eventually { harness.events.contains { $0["event"]?["queued"]?.boolValue == true } })
      }
    }
  }

  @Test("wrong signatures and none are refused by every service", arguments: ["s3", "events", "lambda"])
  func signatures(service: String) async throws {
    try await withHarness { harness in
      try await harness.run { client in
        let path = service == "lambda" ? "/2015-03-31/functions" : "/"
        let wrong = Credentials(accessKeyID: "zoetrope", secretAccessKey: "guess", sessionToken: nil)
        let method = service == "events" ? "POST" : "GET"
        let target = service == "events" ? [(name: "x-amz-target", value: "AWSEvents.ListRules")] : []
        let right = try await client.call(method, path, service: service, headers: target, body: [])
        #expect(right.status == 200)
        let forged = try await client.call(method, path, service: service, headers: target, credentials: wrong)
        #expect(forged.status == 403)
      }
    }
  }

  @Test("what runs and waits at shutdown is carried out after the next start, once")
  func restart() async throws {
    try await withHarness(drainTimeout: .milliseconds(50)) { harness in
      try await harness.run { client in
        for number in 0..<6 {
          _ = try await client.publish(.object(["hold": .string("go"), "number": .integer(Int64(number))]))
        }
        #expect(try await eventually { harness.events.count == 4 })
      }
      try harness.release("go")
      try await harness.run { client in
        #expect(
          try await eventually {
            try await client.adminJSON("GET", "/api/status")["functions"]?.arrayValue?
              .allSatisfy { $0["queued"]?.intValue == 0 } == true
          })
        let letters = try await client.adminJSON("GET", "/api/dead-letters")["deadLetters"]?.arrayValue
        #expect(letters?.isEmpty == true)
      }
      // Four were cut off and ran again; the host's end was not their failure.
      #expect(harness.events.count == 10, "\(harness.events)")
      #expect(Set(harness.events.map { $0["request"] }).count == 6)
    }
  }

  @Test("a second runtime on the same data is refused with a reason")
  func singleInstance() async throws {
    try await withHarness { harness in
      try await harness.run { _ in
        await #expect(throws: RuntimeError.self) {
          _ = try await LocalRuntime(configuration: harness.configuration(), logger: Logger(label: "test"))
        }
      }
    }
  }

  @Test("listening beyond loopback demands credentials")
  func credentialsNeeded() async throws {
    try await withHarness { harness in
      var configuration = harness.configuration()
      configuration.host = "0.0.0.0"
      let open = configuration
      await #expect(throws: RuntimeError.self) {
        _ = try await LocalRuntime(configuration: open, logger: Logger(label: "test"))
      }
    }
  }

  @Test("the administration port tells health, metrics and logs, and refuses strangers' pages")
  func administration() async throws {
    try await withHarness { harness in
      try await harness.run { client in
        _ = try await client.invoke("on-event", "{}")
        _ = try await client.call("PUT", "/uploads/letter.txt", body: Array("hello".utf8))
        _ = try await client.call("GET", "/uploads/letter.txt")
        _ = try await client.call("GET", "/uploads/absent.txt")
        #expect(try await client.admin("GET", "/health").status == 200)
        let metrics = String(decoding: try await client.admin("GET", "/metrics").body, as: UTF8.self)
        #expect(metrics.contains(#"zoetrope_invocations_total{function="on-event",outcome="success"} 1"#))
        #expect(metrics.contains(#"zoetrope_cold_starts_total{function="on-event"} 1"#))
        #expect(metrics.contains(#"zoetrope_s3_operations_total{operation="PutObject",status="2xx"} 1"#))
        #expect(metrics.contains(#"zoetrope_s3_operations_total{operation="GetObject",status="2xx"} 1"#))
        #expect(metrics.contains(#"zoetrope_s3_operations_total{operation="GetObject",status="4xx"} 1"#))
        #expect(metrics.contains(#"zoetrope_s3_received_bytes_total{operation="PutObject"} 5"#))
        #expect(metrics.contains(#"zoetrope_s3_sent_bytes_total{operation="GetObject"} "#))
        let logs = try await client.adminJSON("GET", "/api/logs?function=on-event&limit=10")
        let texts = logs["lines"]?.arrayValue?.compactMap { $0["text"]?.stringValue } ?? []
        #expect(texts.contains { $0.hasPrefix("working on ") })
        #expect(try await client.adminJSON("GET", "/api/status")["concurrency"]?.intValue == 4)
        #expect(try await client.admin("GET", "/api/status", headers: .init([("Host", "evil.example")])).status == 403)
        let page = try await client.admin(
          "DELETE", "/api/dead-letters?all=true", headers: .init([("Origin", "http://evil.example")]))
        #expect(page.status == 403)
        let file = try String(contentsOf: URL(filePath: "\(harness.folder)/data/logs/functions.log"), encoding: .utf8)
        #expect(file.contains("REPORT RequestId: "))
      }
    }
  }
}
