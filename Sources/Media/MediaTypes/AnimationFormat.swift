/// Formats of animated images.
package enum AnimationFormat: String, Sendable, Codable, CaseIterable {
  case gif, webp

  package var contentType: String { "image/\(rawValue)" }
}

/// How large an animation is that must fit into a square.
package enum AnimationBox {
  /// The longer side fills the square, the other follows from the shape, rounded to an even number; both at least 2.
  ///
  /// - Parameters: of the upright picture with square pixels.
  package static func size(_ box: Int, width: Int, height: Int) -> (width: Int, height: Int) {
    func even(_ side: Int, _ other: Int) -> Int { max(2, (box * side + other) / (2 * other) * 2) }
    if width >= height { return (box, even(height, width)) }
    return (even(width, height), box)
  }
}
