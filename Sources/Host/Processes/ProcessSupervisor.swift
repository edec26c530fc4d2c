import CProcess
import Glibc
import Core
import Synchronization

/// What a process is started with, and who hears about it.
package struct ProcessRequest: Sendable {
  package var executable: String
  /// After the program's name.
  package var arguments: [String]
  /// The whole environment: nothing of the host's own is passed on.
  package var environment: [String: String]
  /// Where it may be forked; where its executable cannot be, it is started by itself.
  package var forkFamily: ForkFamily?
  package var directory: String
  /// Created for this process alone, before it starts.
  package var privateFolder: String
  /// nil: it reaches what the host's user reaches.
  package var confinement: Confinement?
  package var memoryLimitBytes: Int
  /// Of the private folder; nil: not looked at.
  package var storageLimitBytes: Int?
  /// 0 … 19.
  package var niceness: Int
  package var gauge: MemoryGauge
  package var delegate: any ProcessDelegate

  package init(
    executable: String, arguments: [String], environment: [String: String], forkFamily: ForkFamily?, directory: String,
    privateFolder: String, confinement: Confinement?, memoryLimitBytes: Int, storageLimitBytes: Int?, niceness: Int = 0,
    gauge: MemoryGauge, delegate: any ProcessDelegate
  ) {
    self.executable = executable
    self.arguments = arguments
    self.environment = environment
    self.forkFamily = forkFamily
    self.directory = directory
    self.privateFolder = privateFolder
    self.confinement = confinement
    self.memoryLimitBytes = memoryLimitBytes
    self.storageLimitBytes = storageLimitBytes
    self.niceness = niceness
    self.gauge = gauge
    self.delegate = delegate
  }
}

/// Reads what a process writes to standard output and error; called on the keeper's thread, so it must return at once.
package protocol ProcessOutput: AnyObject, Sendable {
  /// Reads what is there, at most 256 KiB.
  func drain() -> DrainedOutput
  /// Reads what is left and closes the pipe.
  func close()
}

package enum DrainedOutput: Sendable {
  /// Nothing more to read for now.
  case empty
  /// More is written than is kept: leave it in the pipe for a while, so that the writer slows down.
  case flooded
  /// No process holds the other end any more.
  case ended
}

/// Hears about one process; called on the keeper's thread, so it must return at once.
package protocol ProcessDelegate: AnyObject, Sendable {
  /// - Parameter descriptor: the reading end of what the process writes; to be closed by what is returned.
  func processStarted(output descriptor: Int32) -> any ProcessOutput
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
package final class ProcessSupervisor: Sendable {
  package typealias ID = UInt64

  private let inbox: KeeperInbox
  private let thread: DedicatedThread

  /// - Throws: `HostError` where the system refuses the descriptors or the thread.
  package init(memoryInterval: Duration, logGrace: Duration) throws(HostError) {
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
  package func spawn(_ id: ID, _ request: ProcessRequest) { inbox.send(.spawn(id, request)) }

  /// Kills the process with its whole session. Its delegate hears of the end; unknown ids are ignored.
  package func kill(_ id: ID) { inbox.send(.kill(id)) }

  /// Kills what is left, and ends the thread. Blocks.
  package func shutdown() {
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
