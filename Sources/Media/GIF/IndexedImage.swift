/// A picture of palette indices, as it is on screen, of which some pixels were on screen before.
///
/// It belongs to the thread that was given it.
package final class IndexedImage: @unchecked Sendable {
  let width: Int
  let height: Int
  package let indices: UnsafeMutablePointer<UInt8>
  /// Per pixel: 1 where what is on screen stays.
  package let unchanged: UnsafeMutablePointer<UInt8>

  package init(width: Int, height: Int) {
    self.width = width
    self.height = height
    indices = .allocate(capacity: width * height)
    indices.initialize(repeating: 0, count: width * height)
    unchanged = .allocate(capacity: width * height)
    unchanged.initialize(repeating: 0, count: width * height)
  }

  deinit {
    indices.deallocate()
    unchanged.deallocate()
  }

  var whole: LZWEncoder.Area { LZWEncoder.Area(x: 0, y: 0, width: width, height: height) }

  /// The smallest rectangle that holds every changed pixel; one pixel where nothing changed, as frames cannot be empty.
  var changed: LZWEncoder.Area { LZWEncoder.Area(changedIn: unchanged, width: width, height: height) }
}

extension LZWEncoder.Area {
  /// The smallest rectangle that holds every changed pixel; `nil` where nothing changed.
  package static func changed(in unchanged: UnsafePointer<UInt8>, width: Int, height: Int) -> LZWEncoder.Area? {
    let area = LZWEncoder.Area(changedIn: unchanged, width: width, height: height)
    return area.width == 1 && area.height == 1 && unchanged[area.y * width + area.x] != 0 ? nil : area
  }

  fileprivate init(changedIn unchanged: UnsafePointer<UInt8>, width: Int, height: Int) {
    func rowIsUnchanged(_ y: Int) -> Bool {
      let row = unchanged + y * width
      for x in 0..<width where row[x] == 0 { return false }
      return true
    }
    var top = 0
    while top < height && rowIsUnchanged(top) { top += 1 }
    if top == height {
      self.init(x: 0, y: 0, width: 1, height: 1)
      return
    }
    var bottom = height - 1
    while rowIsUnchanged(bottom) { bottom -= 1 }
    var left = width
    var right = 0
    for y in top...bottom {
      let row = unchanged + y * width
      for x in 0..<left where row[x] == 0 {
        left = x
        break
      }
      var x = width - 1
      while x > right && row[x] != 0 { x -= 1 }
      right = max(right, x)
    }
    self.init(x: left, y: top, width: right - left + 1, height: bottom - top + 1)
  }
}
