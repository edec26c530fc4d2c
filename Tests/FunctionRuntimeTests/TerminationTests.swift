import FunctionRuntime
import Glibc
import LoopbackServer
import Testing

/// Signals concern a whole process, so each of these has one of its own.
@Suite("SIGTERM", .timeLimit(.minutes(1)))
struct TerminationTests {
  @Test("it ends the wait for an event")
  func waiting() async {
    await #expect(processExitsWith: .exitCode(FunctionMain.ExitCode.success)) {
      let asked = Gate()
      let server = try LoopbackServer { _ in
        asked.open()
        return [.stall]
      }
      let api = RuntimeAPI(server: server)
      Task.detached {
        await asked.opened()
        kill(getpid(), SIGTERM)
      }
      exit(await api.run(.echo as Handler))
    }
  }

  @Test("it lets the event under way be answered, and no further one be taken")
  func working() async {
    await #expect(processExitsWith: .exitCode(FunctionMain.ExitCode.success)) {
      let api = try RuntimeAPI([.init(id: "1", body: "last")], afterwards: [.stall])
      let code = await api.run(
        Handler { event, _ in
          kill(getpid(), SIGTERM)
          return event
        })
      guard api.reports == ["invocation/1/response last"] else { exit(99) }
      exit(code)
    }
  }

  @Test("when it comes during initialisation, no event is taken")
  func initialising() async {
    await #expect(processExitsWith: .exitCode(FunctionMain.ExitCode.success)) {
      let api = try RuntimeAPI([], afterwards: [.stall])
      exit(
        await api.run {
          kill(getpid(), SIGTERM)
          return Handler.echo
        })
    }
  }
}
