import Dispatch
import Synchronization

/// Uploads a job's outputs beside the work of a thread that makes them.
///
/// At most `concurrency` uploads are under way; past that the maker waits, which bounds memory. The first failed upload
/// ends the work with its error.
package final class UploadQueue: Sendable {
  private let writer: OutputWriter
  private let concurrency: Int
  private let slots: DispatchSemaphore
  private let failure = Mutex<(any Error)?>(nil)

  package init(writer: OutputWriter, concurrency: Int) {
    self.writer = writer
    self.concurrency = max(1, concurrency)
    slots = DispatchSemaphore(value: self.concurrency)
  }

  /// Blocks while as many uploads are under way as may be.
  ///
  /// - Throws: an earlier upload's failure.
  package func upload(_ bytes: [UInt8], as key: String, contentType: String) throws {
    slots.wait()
    if let failure = failure.withLock({ $0 }) {
      slots.signal()
      throw failure
    }
    Task {
      do {
        try await writer.put(bytes, as: key, contentType: contentType)
      } catch {
        failure.withLock { $0 = $0 ?? error }
      }
      slots.signal()
    }
  }

  /// Blocks until every upload has ended; to be called once, from a thread of one's own, also after failed work.
  ///
  /// - Throws: the first upload's failure.
  package func drain() throws {
    for _ in 0..<concurrency { slots.wait() }
    for _ in 0..<concurrency { slots.signal() }
    if let failure = failure.withLock({ $0 }) { throw failure }
  }
}
