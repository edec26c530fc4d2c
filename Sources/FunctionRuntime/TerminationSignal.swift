import Dispatch
import Glibc

/// Turns SIGTERM into a stop request for as long as `body` runs.
enum TerminationSignal {
  static func stopping<Value>(_ stop: StopRequest, during body: () async -> Value) async -> Value {
    let source = DispatchSource.makeSignalSource(signal: SIGTERM, queue: .global())
    source.setEventHandler { stop.make() }
    // Registration is asynchronous: a signal that came before it would still kill the process at once.
    await withCheckedContinuation { continuation in
      source.setRegistrationHandler { continuation.resume() }
      source.resume()
    }
    defer { source.cancel() }
    return await body()
  }
}
