import CProcess
import Glibc
import Core
import Synchronization

/// What a process is started with, and who hears about it.
struct ProcessRequest: Sendable {
  var executable: String
  /// After the program's name.
  var arguments: [String]
  /// The whole environment: nothing of the host's own is passed on.
  var environment: [String: String]
  /// Where it may be forked; where its executable cannot be, it is started by itself.
  var forkFamily: ForkFamily?
  var directory: String
  /// Created for this process alone, before it starts.
  var privateFolder: String
  /// nil: it reaches what the host's user reaches.
  var confinement: Confinement?
  var memoryLimitBytes: Int
  /// Of the private folder; nil: not looked at.
  var storageLimitBytes: Int?
  /// 0 … 19.
  var niceness = 0
  var gauge: MemoryGauge
  /// Takes the reading end of the process's output.
  var makeLog: @Sendable (_ descriptor: Int32) -> LogCapture
  var delegate: any ProcessDelegate
}

/// Hears about one process; called on the keeper's thread, so it must return at once.
protocol ProcessDelegate: AnyObject, Sendable {
  func processStarted(log: LogCapture)
  /// Nothing was started; nothing else is told.
  func processFailedToStart(_ error: HostError)
  /// More memory than allowed; told once. Nothing was done about it yet.
  func processExceededMemory()
  /// More in its private folder than allowed; told once. Nothing was done about it yet.
  func processExceededStorage(bytes: Int)
  /// Gone and reaped with its whole session; its log has been read to the end. Where it was killed before it had begun,
  /// nothing else is told.
  func processEnded(_ status: ExitStatus)
}

/// One thread that starts, watches, kills and reaps all processes of a host.
///
/// swift-subprocess was considered: on Linux it has neither a pre-exec hook nor `PR_SET_PDEATHSIG`, starts children from
/// a thread that may end before them (which would fire that signal), and forks, which copies the page tables of a
/// host that serves gigabytes. Here a child costs one `vfork`, one pidfd and one pipe in one epoll set, or, instead of the
/// `vfork`, an order to a process that has loaded its libraries already (`ForkServers`).
final class ProcessSupervisor: Sendable {
  typealias ID = UInt64

  private let inbox: KeeperInbox
  private let thread: DedicatedThread

  /// - Throws: `HostError` where the system refuses the descriptors or the thread.
  init(memoryInterval: Duration, logGrace: Duration) throws(HostError) {
    let wake = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
    guard wake >= 0 else { throw .system("eventfd", errno) }
    let poll = epoll_create1(Int32(EPOLL_CLOEXEC))
    guard poll >= 0 else {
      let error = errno
      close(wake)
      throw .system("epoll_create1", error)
    }
    let inbox = KeeperInbox(wake: wake)
    self.inbox = inbox
    do throws(DedicatedThread.StartError) {
      thread = try DedicatedThread(name: "process-keeper", stackSize: 512 << 10) {
        var loop = SupervisorLoop(poll: poll, inbox: inbox, memoryInterval: memoryInterval, logGrace: logGrace)
        loop.run()
      }
    } catch {
      close(poll)
      throw HostError(error.code, error.message, isRetryable: true)
    }
  }

  /// Starts a process under an id of the caller's choice, never used before.
  func spawn(_ id: ID, _ request: ProcessRequest) { inbox.send(.spawn(id, request)) }

  /// Kills the process with its whole session. Its delegate hears of the end; unknown ids are ignored.
  func kill(_ id: ID) { inbox.send(.kill(id)) }

  /// Kills what is left, and ends the thread. Blocks.
  func shutdown() {
    inbox.send(.stop)
    thread.join()
  }
}

/// Orders for the keeper's thread, with the descriptor that wakes it.
final class KeeperInbox: Sendable {
  enum Command: Sendable {
    case spawn(ProcessSupervisor.ID, ProcessRequest)
    case kill(ProcessSupervisor.ID)
    case stop
  }

  let wake: Int32
  private let commands = Mutex<[Command]>([])

  init(wake: Int32) { self.wake = wake }

  deinit { close(wake) }

  func send(_ command: Command) {
    let wasEmpty = commands.withLock { commands in
      commands.append(command)
      return commands.count == 1
    }
    if wasEmpty { _ = eventfd_write(wake, 1) }
  }

  func takeAll() -> [Command] {
    var count: UInt64 = 0
    _ = eventfd_read(wake, &count)
    return commands.withLock { commands in
      defer { commands = [] }
      return commands
    }
  }
}
