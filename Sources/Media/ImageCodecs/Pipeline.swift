import CVips
import MediaTypes

/// The steps from a file to the pixels of an output: decode small, reduce, convert to sRGB, turn upright.
///
/// Reduction comes before the conversion and the turn, so that both have few pixels to do; it happens in the encoded
/// (gamma) space, as browsers do it.
enum Pipeline {
  /// - Parameters:
  ///   - size: what the whole upright image is scaled to.
  ///   - crop: the part that is kept; nil for all.
  static func decoded(
    _ source: SourceImage, scaledTo size: PixelSize, crop: Placement?, _ deadline: Deadline
  ) throws(ImageError) -> Picture {
    let stored = source.orientation.applied(to: size)
    let reduction = min(
      Double(source.size.width) / Double(stored.width), Double(source.size.height) / Double(stored.height))
    var image = try source.open(reduction: reduction)
    deadline.guarding(image)
    image = try reduced(image, to: stored)
    if let crop, crop.isCropped {
      let corner = source.orientation.stored(left: crop.left, top: crop.top, of: crop.crop, in: size)
      let part = source.orientation.applied(to: crop.crop)
      image = try .make(
        zt_vips_crop(image.handle, Int32(corner.left), Int32(corner.top), Int32(part.width), Int32(part.height)))
    }
    image = try standardised(image)
    return try turned(image, source.orientation)
  }

  /// The image at exactly `size`; transparent pixels weigh nothing, so that their colour does not show at edges.
  static func reduced(_ image: Picture, to size: PixelSize) throws(ImageError) -> Picture {
    guard size != PixelSize(width: image.width, height: image.height) else { return image }
    let (horizontal, vertical) = (
      Double(size.width) / Double(image.width), Double(size.height) / Double(image.height)
    )
    guard image.hasAlpha else { return try .make(zt_vips_resize(image.handle, horizontal, vertical)) }
    let format = image.format
    var result: Picture = try .make(zt_vips_premultiply(image.handle))
    result = try .make(zt_vips_resize(result.handle, horizontal, vertical))
    result = try .make(zt_vips_unpremultiply(result.handle))
    return try .make(zt_vips_cast(result.handle, format))
  }

  /// 8-bit sRGB or grey, with or without alpha. A profile that does not fit the pixels is ignored.
  private static func standardised(_ image: Picture) throws(ImageError) -> Picture {
    var image = image
    let isCMYK = image.interpretation == VIPS_INTERPRETATION_CMYK
    let isIntegral = image.format == VIPS_FORMAT_UCHAR || image.format == VIPS_FORMAT_USHORT
    if isCMYK || (isIntegral && zt_vips_has(image.handle, VIPS_META_ICC_NAME) != 0) {
      if let converted = zt_vips_to_srgb(image.handle, isCMYK ? "cmyk" : "srgb") {
        image = try .make(converted)
      } else {
        vips_error_clear()
      }
    }
    let colours = image.bands - (image.hasAlpha ? 1 : 0)
    if colours == 2 || (colours > 3 && image.interpretation != VIPS_INTERPRETATION_CMYK) {
      image = try .make(zt_vips_first_bands(image.handle, colours == 2 ? 1 : 3))
    }
    let wanted = image.bands < 3 ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB
    if image.interpretation != wanted || image.format != VIPS_FORMAT_UCHAR {
      image = try .make(zt_vips_colourspace(image.handle, wanted))
    }
    if image.format != VIPS_FORMAT_UCHAR { image = try .make(zt_vips_cast(image.handle, VIPS_FORMAT_UCHAR)) }
    return image
  }

  private static func turned(_ image: Picture, _ orientation: Orientation) throws(ImageError) -> Picture {
    let (quarters, isMirrored) = orientation.steps
    var image = image
    if quarters > 0 || isMirrored { image = try image.inMemory() }
    switch quarters {
    case 1: image = try .make(zt_vips_rotate(image.handle, VIPS_ANGLE_D90))
    case 2: image = try .make(zt_vips_rotate(image.handle, VIPS_ANGLE_D180))
    case 3: image = try .make(zt_vips_rotate(image.handle, VIPS_ANGLE_D270))
    default: break
    }
    if isMirrored { image = try .make(zt_vips_flip(image.handle, VIPS_DIRECTION_HORIZONTAL)) }
    return image
  }
}
