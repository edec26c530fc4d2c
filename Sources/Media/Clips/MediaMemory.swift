import CLibAV

/// How a process that decodes deals with memory.
package enum MediaMemory {
  /// Large blocks are given back to the system as soon as they are freed. By default the C library keeps them once it has
  /// seen one freed, which leaves a clip's GIF on top of what the decoder took.
  ///
  /// For composition roots, before anything large is allocated.
  package static func returnLargeBlocks() { zt_return_blocks_from(128 << 10) }
}
