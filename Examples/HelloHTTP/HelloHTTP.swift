import CoreMetrics
import FunctionRuntime
import LambdaEvents

/// Two HTTP functions in one executable; the template's `Handler` chooses.
@main
struct HelloHTTP: Function {
  static let handlers: FunctionHandlers = [
    "Hello": { _ in
      let greetings = Counter(label: "greetings_total")
      return HTTPHandler { event, _ in
        greetings.increment()
        return .text("Hello, \(event.pathParameters["name"] ?? event.query("name").first ?? "world")!\n")
      }
    },
    "Countdown": { launch in
      let start = launch.environment["CountdownStart"].flatMap { Int($0) } ?? 3
      return StreamingHTTPHandler { _, response, _ in
        try await response.begin(HTTPResult(headers: [.init("content-type", "text/plain; charset=utf-8")]))
        for number in (0...start).reversed() { try await response.write(Array("\(number)\n".utf8)) }
      }
    },
  ]
}
