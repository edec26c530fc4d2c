import CPixels

/// Colours in groups of eight, in the order of green, so that most groups are too far away from a colour to be looked at.
final class ColourGroups {
  /// For the kernels; valid as long as this object.
  let palette: UnsafeMutablePointer<cpixels_palette>
  private let groups: UnsafeMutableBufferPointer<cpixels_group>
  private let begin: UnsafeMutablePointer<UInt8>

  /// - Parameters:
  ///   - colours: red, green and blue, at most 256.
  ///   - scale: by which they are multiplied.
  init(_ colours: [SIMD3<Float>], scale: Float = 1) {
    precondition((1...256).contains(colours.count))
    groups = .allocate(capacity: (colours.count + 7) / 8)
    begin = .allocate(capacity: 256)
    palette = .allocate(capacity: 1)
    let order = colours.indices.sorted { (colours[$0].y, $0) < (colours[$1].y, $1) }
    for group in groups.indices {
      let members = order[8 * group..<min(8 * group + 8, order.count)]
      groups.initializeElement(at: group, to: Self.group(of: Array(members), colours, scale: scale))
    }
    var group = 0
    for green in 0..<256 {
      while group < groups.count - 1, groups[group].highest_green < Float(green) * scale { group += 1 }
      (begin + green).initialize(to: UInt8(group))
    }
    palette.initialize(to: cpixels_palette(groups: groups.baseAddress!, count: Int32(groups.count), begin: begin))
  }

  deinit {
    palette.deallocate()
    begin.deallocate()
    groups.deallocate()
  }

  private static func group(of members: [Int], _ colours: [SIMD3<Float>], scale: Float) -> cpixels_group {
    var group = cpixels_group()
    func place(_ value: (Int) -> Float, in array: UnsafeMutableRawBufferPointer) {
      let numbers = array.bindMemory(to: Float.self)
      for place in 0..<8 { numbers[place] = place < members.count ? value(members[place]) * scale : 20000 }
    }
    withUnsafeMutableBytes(of: &group.red) { place({ colours[$0].x }, in: $0) }
    withUnsafeMutableBytes(of: &group.green) { place({ colours[$0].y }, in: $0) }
    withUnsafeMutableBytes(of: &group.blue) { place({ colours[$0].z }, in: $0) }
    withUnsafeMutableBytes(of: &group.index) { array in
      let numbers = array.bindMemory(to: Int32.self)
      for place in 0..<8 { numbers[place] = place < members.count ? Int32(members[place]) : .max }
    }
    group.lowest_green = colours[members.first!].y * scale
    group.highest_green = colours[members.last!].y * scale
    return group
  }
}
