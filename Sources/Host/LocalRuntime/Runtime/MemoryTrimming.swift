import CProcess
import NIOPosix
import ServiceLifecycle

/// Gives memory back that a burst of requests took: the C library keeps what is freed, by default without end.
struct MemoryTrimming: Service {
  /// Freed memory that is kept for the next requests, in bytes.
  private static let spare: UInt = 32 << 20

  func run() async throws {
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        try? await Task.sleep(for: .seconds(15))
        // It locks one arena after the other and may take some milliseconds.
        _ = try? await NIOThreadPool.singleton.runIfActive { cprocess_trim_memory(Self.spare) }
      }
    }
  }
}
