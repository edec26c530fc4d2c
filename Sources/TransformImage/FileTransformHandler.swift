import Core
import FoundationEssentials
import FunctionRuntime
import ImageCodecs
import ImageTransforms
import MediaTypes

/// What the command `zoetrope image` asks for: one file to another, no store.
struct FileTransform: Codable, Sendable {
  var input: String
  var output: String
  var width: Int?
  var height: Int?
  var quality: Int?
  var format: ImageFormat
  /// A registered variant's name; then width, height and quality do not count.
  var variant: String?
  /// All registered variants by one decode; then `output` is a folder, and each is named as in the cache.
  var allVariants: Bool?
}

/// Answers events of `FileTransform`. What is wrong with the file is part of the answer.
struct FileTransformHandler: FunctionHandler {
  struct Answer: Codable, Sendable {
    var width: Int?
    var height: Int?
    var bytes: Int?
    var error: String?
  }

  func handle(_ event: [UInt8], _ context: InvocationContext) async throws -> [UInt8] {
    let request = try JSON.decode(FileTransform.self, from: event)
    return try await DedicatedThread.run(name: "image", stackSize: 8 << 20) {
      let answer: Answer
      do {
        answer = try Self.transform(request)
      } catch {
        answer = Answer(error: (error as? any ClassifiedError)?.message ?? "\(error)")
      }
      return try JSON.encode(answer)
    }
  }

  private static func transform(_ request: FileTransform) throws -> Answer {
    var renderer = ImageRenderer()
    renderer.limits.outputBytes = nil
    let bytes = try read(request.input, limit: renderer.limits.bytes)
    let facts = try renderer.facts(of: bytes)
    if request.allVariants == true {
      let all = ImageVariants.current.variants.map { $0.parameters(for: facts.size) }
      let files = try renderer.render(all.map(\.output), of: bytes)
      for (file, parameters) in zip(files, all) { try write(file, to: "\(request.output)/\(parameters.objectName)") }
      return Answer(width: facts.size.width, height: facts.size.height, bytes: files.reduce(0) { $0 + $1.count })
    }
    var parameters = TransformParameters(
      width: request.width, height: request.height, quality: request.quality, format: request.format)
    if let name = request.variant {
      guard let variant = ImageVariants.current[name] else {
        throw ImageError(.failed, "there is no variant '\(name)'")
      }
      parameters = variant.parameters(for: facts.size)
      parameters.format = request.format
    }
    let file = try renderer.render([parameters.output], of: bytes)[0]
    try write(file, to: request.output)
    let placement = Placement(parameters.output, of: facts.size)
    return Answer(width: placement.crop.width, height: placement.crop.height, bytes: file.count)
  }

  private static func write(_ file: [UInt8], to path: String) throws(ImageError) {
    do {
      try Data(file).write(to: URL(filePath: path), options: .atomic)
    } catch {
      throw ImageError(.failed, "cannot write '\(path)': \(error)")
    }
  }

  private static func read(_ path: String, limit: Int) throws -> [UInt8] {
    let source = try FileByteSource(path: path)
    guard source.size <= Int64(limit) else {
      throw ImageError(.tooLarge, "the image must be at most \(limit >> 20) MiB, found \(source.size) bytes")
    }
    return try readAll(source)
  }

  /// All bytes of a small file. Blocks.
  static func readAll(_ source: some ByteSource) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Int(source.size))
    var position = 0
    while position < bytes.count {
      let count = try bytes.withUnsafeMutableBytes { buffer in
        try source.read(at: Int64(position), into: UnsafeMutableRawBufferPointer(rebasing: buffer[position...]))
      }
      guard count > 0 else { break }
      position += count
    }
    return Array(bytes[..<position])
  }
}
