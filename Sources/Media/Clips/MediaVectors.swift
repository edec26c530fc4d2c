import CLibAV
import FrameConversion

/// The vector instructions that a process uses for media, fewer than its processor has, so that what it costs on others can
/// be measured. No output depends on it.
package enum MediaVectors: String, CaseIterable, Sendable {
  /// What every processor of the architecture has.
  case baseline
  case avx2
  case avx512

  /// Limits libav and our own kernels. For composition roots, before anything is decoded.
  package func limit() {
    switch self {
    case .baseline:
      VectorLevel.limit(to: .baseline)
      av_force_cpu_flags(av_get_cpu_flags() & zt_cpu_flags_baseline)
    case .avx2:
      VectorLevel.limit(to: .avx2)
      av_force_cpu_flags(av_get_cpu_flags() & ~zt_cpu_flags_avx512)
    case .avx512:
      VectorLevel.limit(to: .avx512)
    }
  }
}
