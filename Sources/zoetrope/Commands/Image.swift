import Installations
import Terminals
import ArgumentParser
import Core
import ImageTransforms
import MediaTypes

/// One image to another, without a server.
///
/// The function `TransformImage` does it in a process of its own: libvips and what it needs would cost every other
/// command 50 ms of its start.
struct Image: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make a smaller image: upright, in sRGB, without metadata.",
    discussion: """
      OUT's extension (jpg, webp, avif or png) is the format. The image fits inside the given box and is never enlarged. \
      --variant takes box and quality from the registry of the library: \
      \(ImageVariants.current.variants.map(\.name).joined(separator: ", ")).
      """)

  @Argument(help: "A JPEG, PNG, WebP, AVIF, HEIC, GIF, TIFF or JPEG XL file.", completion: .file())
  var file: String

  @Argument(help: "The file to write: NAME.jpg, NAME.webp, NAME.avif or NAME.png.", completion: .file())
  var out: String

  @Option(help: "Pixels of width at most, 1 to 4096.")
  var width: Int?

  @Option(help: "Pixels of height at most, 1 to 4096.")
  var height: Int?

  @Option(help: "Quality, 1 to 100; PNG has no use for it. (default: 80)")
  var quality: Int?

  @Option(help: "A named size of the library.")
  var variant: String?

  func validate() throws {
    guard ImageFormat(fileName: out) != nil else {
      throw ValidationError("OUT must end in .jpg, .jpeg, .webp, .avif or .png, found '\(out)'")
    }
    for (name, value, range) in [
      ("width", width, 1...4096), ("height", height, 1...4096), ("quality", quality, 1...100),
    ] {
      if let value, !range.contains(value) {
        throw ValidationError(
          "--\(name) must be a whole number from \(range.lowerBound) to \(range.upperBound), found \(value)")
      }
    }
    if let variant {
      guard ImageVariants.current[variant] != nil else {
        let names = ImageVariants.current.variants.map(\.name).joined(separator: ", ")
        throw ValidationError("--variant must be one of \(names), found '\(variant)'")
      }
      guard width == nil, height == nil, quality == nil else {
        throw ValidationError("--variant already says width, height and quality; leave those options out")
      }
    }
  }

  private struct Request: Encodable {
    var input: String
    var output: String
    var width: Int?
    var height: Int?
    var quality: Int?
    var format: ImageFormat
    var variant: String?
  }

  private struct Answer: Decodable {
    var error: String?
  }

  func run() async throws {
    guard let format = ImageFormat(fileName: out) else { throw ExitCodes.usage }
    let request = Request(
      input: FilePath.absolute(file), output: FilePath.absolute(out), width: width, height: height, quality: quality,
      format: format, variant: variant)
    let result = try await FunctionProcess(executable: "TransformImage", handler: "TransformFile")
      .answer(to: JSON.encode(request))
    if let error = try JSON.decode(Answer.self, from: result).error { throw CommandError(error) }
    Terminal.result(out)
  }
}
