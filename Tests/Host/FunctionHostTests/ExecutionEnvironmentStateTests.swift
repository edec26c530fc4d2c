import FunctionHost
import Testing

@Suite struct ExecutionEnvironmentStateTests {
  private func ready() -> ExecutionEnvironmentState {
    var machine = ExecutionEnvironmentState()
    #expect(machine.next() == .park(becameReady: true))
    return machine
  }

  @Test("next, invocation, response, next")
  func cycle() {
    var machine = ready()
    #expect(machine.invoke("a") == .deliver)
    #expect(machine.respond("a") == nil)
    #expect(machine.state == .responded(requestID: "a"))
    #expect(machine.next() == .park(becameReady: true))
    #expect(machine.state == .idle)
  }

  @Test("a poll whose connection broke comes again, and gets what was assigned meanwhile")
  func lostPoll() {
    var machine = ready()
    machine.pollLost()
    #expect(machine.next() == .park(becameReady: false))
    machine.pollLost()
    #expect(machine.invoke("a") == .hold)
    #expect(machine.respond("a") == .invalidRequestID)
    #expect(machine.next() == .deliver)
    #expect(machine.respond("a") == nil)
  }

  @Test("a second poll is refused, waiting or working")
  func secondPoll() {
    var machine = ready()
    #expect(machine.next() == .reject(.invalidTransition(from: "Ready", to: "Ready")))
    _ = machine.invoke("a")
    #expect(machine.next() == .reject(.invalidTransition(from: "Running", to: "Ready")))
  }

  @Test("responses to another or an earlier invocation are refused")
  func wrongID() {
    var machine = ready()
    #expect(machine.respond("a") == .invalidRequestID)
    _ = machine.invoke("a")
    #expect(machine.respond("b") == .invalidRequestID)
    #expect(machine.respond("a") == nil)
    #expect(machine.respond("a") == .invalidTransition(from: "InvocationResponse", to: "InvocationResponse"))
  }

  @Test("an initialisation error is for the time before the first poll")
  func initError() {
    var machine = ExecutionEnvironmentState()
    #expect(machine.failInitialization() == nil)
    #expect(machine.next() == .ignore)
    var working = ready()
    #expect(working.failInitialization() == .invalidTransition(from: "Ready", to: "InitError"))
  }

  @Test("an end takes the running invocation with it, and none after it")
  func ends() {
    var machine = ready()
    _ = machine.invoke("a")
    #expect(machine.end() == "a")
    #expect(machine.end() == nil)
    #expect(machine.invoke("b") == .undelivered)
    #expect(machine.respond("a") == .invalidRequestID)
  }
}
