import CLibAV
package import LibAV

/// How coded pictures say they are turned (the display orientation SEI of H.264 and HEVC): a statement that holds until the
/// next key frame, while libavcodec tells it of one picture only.
package struct CodedOrientation {
  private var matrix: [Int32] = []

  package init() {}

  /// Notes what a picture says, or says it of one that does not. To be called for each picture as it is put out.
  package mutating func follow(_ frame: Frame) {
    if let stated = zt_frame_matrix(frame.raw) {
      matrix = Array(UnsafeBufferPointer(start: stated, count: 9))
    } else if frame.raw.pointee.key_frame != 0 {
      matrix = []
    } else if !matrix.isEmpty {
      matrix.withUnsafeBufferPointer { zt_set_frame_matrix(frame.raw, $0.baseAddress!) }
    }
  }
}
