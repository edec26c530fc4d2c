import Core

extension Template {
  /// Reads the template at `path`. Blocks while the file is read.
  ///
  /// - Parameters:
  ///   - parameters: values in place of the parameters' defaults.
  ///   - pseudo: what `AWS::Region` and its likes stand for.
  /// - Throws: `TemplateError` with every problem there is.
  package static func load(
    path: String, parameters: [String: String] = [:], pseudo: PseudoParameters = .init()
  ) throws(TemplateError) -> Template {
    let bytes: [UInt8]
    do {
      let file = try FileByteSource(path: path)
      defer { file.close() }
      bytes = try readAll(file)
    } catch {
      let message = (error as? any ClassifiedError)?.message ?? "\(error)"
      throw TemplateError(problems: [.init(path: "", line: nil, message: message)])
    }
    return try parse(bytes, parameters: parameters, pseudo: pseudo)
  }

  /// The same for a template's text, YAML or JSON, at most 1 MiB.
  package static func parse(
    _ text: [UInt8], parameters: [String: String] = [:], pseudo: PseudoParameters = .init()
  ) throws(TemplateError) -> Template {
    try TemplateLoader(TemplateReader.read(text), pseudo: pseudo).load(overrides: parameters)
  }

  private static func readAll(_ file: FileByteSource) throws -> [UInt8] {
    // One byte more than is allowed is enough to be refused.
    let count = Int(min(file.size, Int64(TemplateReader.maximumBytes) + 1))
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let read = try bytes.withUnsafeMutableBytes { buffer in
        try file.read(at: Int64(filled), into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))
      }
      if read == 0 { break }
      filled += read
    }
    return Array(bytes[..<filled])
  }
}
