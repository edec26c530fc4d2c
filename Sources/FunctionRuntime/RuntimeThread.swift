import Core
import Glibc
import Synchronization

/// The thread on which a function's process talks to its platform. It waits for the platform's socket, and runs the steps of
/// tasks that prefer it: so an event is read, handled and answered without a change of threads, which would cost more than
/// a short handler.
///
/// The thread keeps it alive until `end` is called.
final class RuntimeThread: TaskExecutor {
  private struct Wait {
    let descriptor: Int32
    let events: Int16
    let continuation: CheckedContinuation<Void, Never>
  }

  private struct State {
    var jobs: [UnownedJob] = []
    var wait: Wait?
    /// The thread looks at nothing but descriptors until it is woken.
    var isAsleep = false
    var isEnding = false
  }

  private let state = Mutex(State())
  /// Wakes the thread: its two ends.
  private let pipe: (reading: Int32, writing: Int32)

  /// - Throws: `RuntimeAPIError` if the system has no thread or no descriptors to give.
  init() throws {
    var ends: [Int32] = [0, 0]
    guard Glibc.pipe(&ends) == 0 else {
      throw RuntimeAPIError(
        code: "OutOfResources", message: "no pipe to wake a thread by: \(String(cString: strerror(errno)))")
    }
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    pipe = (ends[0], ends[1])
    _ = try DedicatedThread(name: "runtime", stackSize: 8 << 20) { self.run() }
  }

  deinit {
    close(pipe.reading)
    close(pipe.writing)
  }

  /// Ends the thread once it has nothing to do. No task may prefer it any more.
  func end() {
    change { $0.isEnding = true }
  }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    change { $0.jobs.append(job) }
  }

  /// Suspends until the descriptor is ready, or has failed. For one task at a time.
  ///
  /// - Parameter events: `POLLIN` or `POLLOUT`.
  /// - Throws: `CancellationError`.
  func wait(for descriptor: Int32, _ events: Int32) async throws {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        change { $0.wait = Wait(descriptor: descriptor, events: Int16(events), continuation: continuation) }
        // If it was cancelled before, the handler has found nothing to end.
        if Task.isCancelled { endWait() }
      }
    } onCancel: {
      endWait()
    }
    try Task.checkCancellation()
  }

  private func endWait() { takeWait()?.continuation.resume() }

  private func takeWait() -> Wait? {
    state.withLock { state in
      defer { state.wait = nil }
      return state.wait
    }
  }

  private func change(_ body: (inout State) -> Void) {
    let mustWake = state.withLock { state in
      body(&state)
      defer { state.isAsleep = false }
      return state.isAsleep
    }
    var byte: UInt8 = 0
    // A full pipe wakes it as well.
    if mustWake { _ = write(pipe.writing, &byte, 1) }
  }

  // MARK: The thread

  private func run() {
    let executor = asUnownedTaskExecutor()
    while true {
      let (jobs, wait, isOver) = state.withLock { state in
        let jobs = state.jobs
        state.jobs = []
        state.isAsleep = jobs.isEmpty && !state.isEnding
        return (jobs, state.wait, jobs.isEmpty && state.isEnding)
      }
      if isOver { return }
      for job in jobs { job.runSynchronously(on: executor) }
      if jobs.isEmpty { sleep(wait) }
    }
  }

  private func sleep(_ wait: Wait?) {
    var polled = [pollfd(fd: pipe.reading, events: Int16(POLLIN), revents: 0)]
    if let wait { polled.append(pollfd(fd: wait.descriptor, events: wait.events, revents: 0)) }
    let descriptors = nfds_t(polled.count)
    let count = poll(&polled, descriptors, -1)
    state.withLock { $0.isAsleep = false }
    guard count > 0 else { return }
    if polled[0].revents != 0 {
      var bytes = [UInt8](repeating: 0, count: 64)
      while read(pipe.reading, &bytes, bytes.count) == bytes.count {}
    }
    if polled.count > 1, polled[1].revents != 0 { endWait() }
  }
}
