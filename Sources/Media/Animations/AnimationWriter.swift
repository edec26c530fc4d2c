import Images

/// Codes the frames of an endless animation, whatever its format.
protocol AnimationWriter: AnyObject {
  var width: Int { get }
  var height: Int { get }

  /// - Parameters:
  ///   - picture: of the size that was announced.
  ///   - frames: in a row that show it, 1 or more.
  func add(_ picture: RGBImage, frames: Int) throws

  /// Hands over the rest. Without any picture there is no file.
  func finish() throws -> AnimationConverter.Result
}
