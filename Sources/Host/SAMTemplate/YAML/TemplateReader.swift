import Yams

/// Turns a template's text into nodes.
enum TemplateReader {
  /// CloudFormation takes 1 MB; nothing longer is written by hand.
  static let maximumBytes = 1 << 20
  private static let maximumDepth = 100

  static func read(_ bytes: [UInt8]) throws(TemplateError) -> TemplateNode {
    guard bytes.count <= maximumBytes else {
      throw problem("is \(bytes.count) bytes long, at most \(maximumBytes) are read", line: nil)
    }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw problem("is not UTF-8 text", line: nil) }
    try refuseAliases(bytes)
    let root: Node?
    do {
      // The encoding is named because the library's default asks the environment.
      root = try Parser(yaml: text, encoding: .utf8).singleRoot()
    } catch {
      throw TemplateError(problems: [.init(yaml: error)])
    }
    guard let root else { throw problem("is empty", line: nil) }
    return try node(root, path: "", depth: 0)
  }

  /// CloudFormation knows no aliases, and nested ones can stand for more than any memory holds. The parser expands them
  /// as it reads, so they must be found before: an alias is an asterisk and a name that some `&name` has defined.
  ///
  /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html>
  private static func refuseAliases(_ bytes: [UInt8]) throws(TemplateError) {
    let anchors = Set(names(after: UInt8(ascii: "&"), in: bytes).map(\.name))
    guard !anchors.isEmpty else { return }
    for (name, line) in names(after: UInt8(ascii: "*"), in: bytes) where anchors.contains(name) {
      throw problem(
        "uses the YAML alias '*\(String(decoding: name, as: UTF8.self))'; CloudFormation supports no aliases",
        line: line)
    }
  }

  private static func names(after mark: UInt8, in bytes: [UInt8]) -> [(name: ArraySlice<UInt8>, line: Int)] {
    var found: [(name: ArraySlice<UInt8>, line: Int)] = []
    var line = 1
    for (index, byte) in bytes.enumerated() {
      if byte == UInt8(ascii: "\n") { line += 1 }
      guard byte == mark else { continue }
      let name = bytes[(index + 1)...].prefix { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
          true
        default: false
        }
      }
      if !name.isEmpty { found.append((name, line)) }
    }
    return found
  }

  private static func node(_ node: Node, path: String, depth: Int) throws(TemplateError) -> TemplateNode {
    let line = node.mark?.line
    guard depth < maximumDepth else { throw problem("is nested deeper than \(maximumDepth) levels", line: line) }
    let kind: TemplateNode.Kind
    let tag: String
    switch node {
    case .scalar(let scalar):
      tag = scalar.tag.rawValue
      kind = .scalar(scalar.string, isPlain: scalar.style == .plain && tag != Tag.Name.str.rawValue)
    case .sequence(let sequence):
      tag = sequence.tag.rawValue
      var elements: [TemplateNode] = []
      for (index, element) in sequence.enumerated() {
        elements.append(try self.node(element, path: "\(path)[\(index)]", depth: depth + 1))
      }
      kind = .sequence(elements)
    case .mapping(let mapping):
      tag = mapping.tag.rawValue
      kind = .mapping(try members(mapping, path: path, depth: depth))
    case .alias(let alias):
      throw problem("uses the YAML alias '*\(alias.anchor.rawValue)'", line: line)
    }
    let plain = TemplateNode(kind: kind, path: path, line: line)
    guard tag.hasPrefix("!"), tag.count > 1 else {
      guard !unsupportedTags.contains(tag) else { throw problem("has the unsupported tag '\(tag)'", line: line, path) }
      return plain
    }
    let name = String(tag.dropFirst())
    let function = name == "Ref" || name == "Condition" ? name : "Fn::\(name)"
    return TemplateNode(kind: .mapping([.init(key: function, value: plain)]), path: path, line: line)
  }

  private static func members(
    _ mapping: Node.Mapping, path: String, depth: Int
  ) throws(TemplateError) -> [TemplateNode.Member] {
    var members: [TemplateNode.Member] = []
    for (key, value) in mapping {
      guard let name = key.scalar?.string else {
        throw problem("has a key that is not a string", line: key.mark?.line, path)
      }
      guard name != "<<" else {
        throw problem("merges maps with '<<', which CloudFormation does not support", line: key.mark?.line, path)
      }
      let isFunction = name == "Ref" || name.hasPrefix("Fn::")
      let place = isFunction ? path : path.isEmpty ? name : "\(path).\(name)"
      let node = try node(value, path: place, depth: depth + 1)
      // The key's line is where a person looks; a block's own line is that of its first member.
      members.append(
        .init(key: name, value: TemplateNode(kind: node.kind, path: place, line: key.mark?.line ?? node.line)))
    }
    return members
  }

  /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html>
  private static let unsupportedTags: Set<String> = Set(
    [Tag.Name.binary, .omap, .pairs, .set, .timestamp].map(\.rawValue))

  private static func problem(_ message: String, line: Int?, _ path: String = "") -> TemplateError {
    TemplateError(problems: [.init(path: path, line: line, message: path.isEmpty ? "the template \(message)" : message)]
    )
  }
}
