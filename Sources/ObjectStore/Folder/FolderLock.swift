import Glibc

/// Holds other processes' conditional writes off a bucket while one is checked and made.
struct FolderLock {
  private let descriptor: Int32

  /// Blocks until no other process holds it.
  ///
  /// - Parameter path: of a file in a folder that is there.
  init(at path: String, subject: String) throws(ObjectStoreError) {
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw .system(errno, "locking the bucket", subject: subject) }
    while flock(descriptor, LOCK_EX) != 0 {
      guard errno == EINTR else {
        let code = errno
        close(descriptor)
        throw .system(code, "locking the bucket", subject: subject)
      }
    }
  }

  func release() {
    close(descriptor)
  }
}
