package import Core
package import MediaTypes
import VideoTracks

/// Makes one part of a proxy, whatever its work is. Blocks.
package enum PartMaker {
  package static func make(
    _ part: ProxyPart, of source: any ByteSource, to path: String, cancellation: CancellationFlag = CancellationFlag(),
    progress: (Double) -> Void
  ) throws -> PartOutcome {
    switch part.work {
    case .encodeVideo(let request):
      return try VideoPartEncoder.encode(source, request, to: path, cancellation: cancellation, progress: progress)
    case .encodeAudio(let request):
      return try AudioPartEncoder.encode(source, request, to: path, cancellation: cancellation, progress: progress)
    case .animate(let request):
      return try AnimationPartEncoder.encode(
        source, request, to: path, cancellation: cancellation, progress: progress)
    case .copyVideo(let request, let otherwise):
      return try copying {
        try PartCopier.copyVideo(source, request, to: path, cancellation: cancellation, progress: progress)
      } otherwise: {
        try VideoPartEncoder.encode(source, otherwise, to: path, cancellation: cancellation, progress: progress)
      }
    case .copyAudio(let request, let otherwise):
      return try copying {
        try PartCopier.copyAudio(source, request, to: path, cancellation: cancellation, progress: progress)
      } otherwise: {
        try AudioPartEncoder.encode(source, otherwise, to: path, cancellation: cancellation, progress: progress)
      }
    }
  }

  private static func copying(
    _ copy: () throws -> PartOutcome, otherwise encode: () throws -> PartOutcome
  ) throws -> PartOutcome {
    do {
      return try copy()
    } catch let error as MediaError where error.kind == .encodeFailed {
      return try encode()
    }
  }
}
