package import CLibAV
package import FrameConversion
package import LibAV

/// How a stream's pictures are shown, by what its container says: their shape, what is cut off, how they are turned.
///
/// Clips, posters and proxies ask it alike.
package struct StatedFrame {
  private let stream: UnsafeMutablePointer<AVStream>
  private let facts: TrackFacts

  package init(_ stream: UnsafeMutablePointer<AVStream>, _ facts: TrackFacts) {
    self.stream = stream
    self.facts = facts
  }

  /// The sizes of a decoded picture, cropped. The container's word on its orientation and the shape of its pixels counts
  /// before the codec's, if it was meant for pictures of this size.
  package func geometry(of frame: Frame) -> FrameGeometry {
    let (stated, own) = (aspect, frame.raw.pointee.sample_aspect_ratio)
    let isOwn = own.num > 0 && own.den > 0
    let isMeant = matches(frame) || !isOwn || stream.pointee.codecpar.pointee.width <= 0
    return FrameGeometry(
      codedWidth: frame.width, codedHeight: frame.height,
      sampleAspect: stated.num > 0 && stated.den > 0 && isMeant ? stated : own,
      orientation: Orientation(matrix: zt_display_matrix(stream) ?? zt_frame_matrix(frame.raw)))
  }

  /// The sizes that the container states.
  package var geometry: FrameGeometry {
    FrameGeometry(
      codedWidth: width, codedHeight: height, sampleAspect: aspect,
      orientation: Orientation(matrix: zt_display_matrix(stream)))
  }

  /// Whether a cropped picture has the size that the container states.
  package func matches(_ frame: Frame) -> Bool { frame.width == width && frame.height == height }

  /// What the container cuts off the coded pictures.
  package var crop: FrameCrop? { facts.crop }

  /// Width of a pixel relative to its height as the container states it; 0/1 if it does not.
  package var aspect: AVRational {
    if let (numerator, denominator) = facts.sampleAspect {
      return AVRational(num: Int32(clamping: numerator), den: Int32(clamping: denominator))
    }
    let stated = stream.pointee.sample_aspect_ratio
    return stated.num > 0 && stated.den > 0 ? stated : stream.pointee.codecpar.pointee.sample_aspect_ratio
  }

  /// Pixels as coded, less what the container cuts off.
  private var width: Int {
    let width = Int(stream.pointee.codecpar.pointee.width)
    guard let crop, crop.width == width else { return width }
    return width - crop.left - crop.right
  }

  private var height: Int {
    let height = Int(stream.pointee.codecpar.pointee.height)
    guard let crop, crop.height == height else { return height }
    return height - crop.top - crop.bottom
  }
}
