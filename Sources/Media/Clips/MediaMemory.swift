import CLibAV
import CProcess

/// How a process that decodes deals with memory.
package enum MediaMemory {
  /// Large blocks are given back to the system as soon as they are freed. By default the C library keeps them once it has
  /// seen one freed, which leaves a clip's GIF on top of what the decoder took.
  ///
  /// For composition roots, before anything large is allocated.
  package static func returnLargeBlocks() { zt_return_blocks_from(128 << 10) }

  /// Gives back what only the start of the program needed of its code: loading libav's many libraries and reading a command
  /// line touches 30 to 40 MB of it, decoding about 13 MB.
  ///
  /// For commands, after they have read their arguments.
  package static func releaseStart() { cprocess_release_code() }
}
