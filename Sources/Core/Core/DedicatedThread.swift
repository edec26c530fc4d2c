import Glibc
import Synchronization

/// A thread of one's own for work that blocks or keeps a core busy, which must never happen on the cooperative pool.
///
/// The thread runs `body` once and ends. A thread that is not joined is detached when its owner is released; it runs on
/// to its end.
package final class DedicatedThread: Sendable {
  /// The system refused another thread (a limit of the user, the container or memory was met).
  package struct StartError: ClassifiedError {
    package let message: String
    package var code: String { "CannotStartThread" }
    package var isRetryable: Bool { true }
  }

  private final class Body {
    let name: String
    let run: @Sendable () -> Void

    init(_ name: String, _ run: @escaping @Sendable () -> Void) {
      self.name = name
      self.run = run
    }
  }

  /// `nil` once joined.
  private let handle: Mutex<pthread_t?>

  /// Starts the thread.
  ///
  /// - Parameters:
  ///   - name: what debuggers and `top -H` show; Linux keeps the first 15 bytes.
  ///   - stackSize: bytes, rounded up to whole pages, at least 64 KiB. Only touched pages cost memory.
  ///   - body: what to run; everything it captures is released when it returns.
  /// - Throws: `StartError` where the system has no thread to give.
  package init(
    name: String, stackSize: Int = 2 << 20, body: @escaping @Sendable () -> Void
  ) throws(StartError) {
    let context = Unmanaged.passRetained(Body(name, body))
    let (thread, status) = Self.create(stackSize: stackSize, context: context.toOpaque())
    guard status == 0 else {
      context.release()
      throw StartError(message: "cannot start the thread '\(name)': \(String(cString: strerror(status)))")
    }
    handle = Mutex(thread)
  }

  deinit {
    handle.withLock { number in
      if let thread = number { pthread_detach(thread) }
    }
  }

  /// Blocks until the thread has ended; at once where it was joined before. Must not be called by the thread itself.
  package func join() {
    // The lock is held while waiting, so that every further caller waits for the same end.
    handle.withLock { number in
      guard let thread = number else { return }
      pthread_join(thread, nil)
      number = nil
    }
  }

  private static func create(stackSize: Int, context: UnsafeMutableRawPointer) -> (thread: pthread_t, status: Int32) {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    let page = Int(getpagesize())
    pthread_attr_setstacksize(&attributes, (max(stackSize, 64 << 10) + page - 1) / page * page)
    var thread = pthread_t()
    let status = pthread_create(&thread, &attributes, { DedicatedThread.enter($0) }, context)
    return (thread, status)
  }

  private static func enter(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    let body = Unmanaged<Body>.fromOpaque(context).takeRetainedValue()
    setCurrentName(body.name)
    body.run()
    return nil
  }

  private static func setCurrentName(_ name: String) {
    // Not pthread_setname_np: a GNU extension, which the Glibc module leaves out.
    let descriptor = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    _ = Array(name.utf8.prefix(15)).withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    close(descriptor)
  }
}
