#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A large table of zeros.
final class ZeroedMemory<Element: BitwiseCopyable> {
  let pointer: UnsafeMutablePointer<Element>

  /// - Parameter isSparse: few parts of it are ever used; what is not touched takes no memory. Otherwise all of it is there
  ///   from the start: a page that is first read and then written costs twice, and stops the other threads for a moment.
  init(count: Int, isSparse: Bool = false) {
    let bytes = count * MemoryLayout<Element>.stride
    guard let memory = isSparse ? calloc(bytes, 1) : malloc(bytes) else { fatalError("out of memory") }
    if !isSparse { memset(memory, 0, bytes) }
    pointer = memory.bindMemory(to: Element.self, capacity: count)
  }

  deinit { free(pointer) }
}
