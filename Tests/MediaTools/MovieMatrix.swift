import Foundation

/// Turns MP4 and QuickTime files. ffmpeg's own way to do it differs from version to version.
package enum MovieMatrix {
  /// A quarter turn to the right.
  package static let quarterTurn: [Int32] = [0, 1, -1, 0]

  /// Writes a display matrix into the first track's header (`tkhd`, ISO/IEC 14496-12 §8.3.2).
  ///
  /// - Parameter matrix: its upper left corner, by rows.
  package static func set(_ matrix: [Int32], in path: String) throws {
    var bytes = try [UInt8](Data(contentsOf: URL(filePath: path)))
    let tag = Array("tkhd".utf8)
    guard let at = bytes.indices.dropLast(100).first(where: { Array(bytes[$0..<$0 + 4]) == tag }) else {
      throw Tool.Failure(description: "there is no track header in \(path)")
    }
    // Version and flags, two times, track, reserved, duration, reserved, layer, group, volume, reserved: then the matrix.
    var offset = at + 4 + 4 + 20 + 8 + 8
    for value in [matrix[0], matrix[1], 0, matrix[2], matrix[3], 0, 0, 0, 1 << 14] {
      let number = UInt32(bitPattern: value == 1 << 14 ? 1 << 30 : value << 16)
      for shift in [24, 16, 8, 0] {
        bytes[offset] = UInt8(truncatingIfNeeded: number >> UInt32(shift))
        offset += 1
      }
    }
    try Data(bytes).write(to: URL(filePath: path))
  }
}
