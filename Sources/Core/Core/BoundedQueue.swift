#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Hands values from one thread to another, in order; a full queue holds the giver back, so that memory stays bounded.
package final class BoundedQueue<Element: Sendable>: @unchecked Sendable {
  private let capacity: Int
  private var elements: [Element] = []
  private var isFinished = false
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  package init(capacity: Int) {
    self.capacity = capacity
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(changed, nil)
  }

  deinit {
    pthread_cond_destroy(changed)
    pthread_mutex_destroy(mutex)
    changed.deallocate()
    mutex.deallocate()
  }

  /// Blocks while the queue is full.
  ///
  /// - Returns: `false` where the queue was finished: the value is dropped.
  package func put(_ element: Element) -> Bool {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while elements.count >= capacity && !isFinished { pthread_cond_wait(changed, mutex) }
    if isFinished { return false }
    elements.append(element)
    pthread_cond_broadcast(changed)
    return true
  }

  /// Blocks while the queue is empty.
  ///
  /// - Returns: `nil` once the queue was finished and emptied.
  package func take() -> Element? {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while elements.isEmpty && !isFinished { pthread_cond_wait(changed, mutex) }
    if elements.isEmpty { return nil }
    let element = elements.removeFirst()
    pthread_cond_broadcast(changed)
    return element
  }

  /// Nothing more will come. With `discarding`, what is waiting is dropped too.
  package func finish(discarding: Bool = false) {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    isFinished = true
    if discarding { elements.removeAll() }
    pthread_cond_broadcast(changed)
  }
}
