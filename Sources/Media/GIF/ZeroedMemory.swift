#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A large table of zeros of which few parts are ever used: what is not touched takes no memory.
final class ZeroedMemory<Element: BitwiseCopyable> {
  let pointer: UnsafeMutablePointer<Element>

  init(count: Int) {
    guard let memory = calloc(count, MemoryLayout<Element>.stride) else { fatalError("out of memory") }
    pointer = memory.bindMemory(to: Element.self, capacity: count)
  }

  deinit { free(pointer) }
}
