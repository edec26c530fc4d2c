import CExpat

extension XMLNode {
  /// Reads a document. Document type definitions are refused, and with them every entity but XML's own five.
  ///
  /// - Throws: `MalformedXML` where `bytes` is no well-formed document within the limits.
  package static func parse(_ bytes: [UInt8], limit: XMLLimits = XMLLimits()) throws(S3Error) -> XMLNode {
    guard bytes.count <= limit.bytes else {
      throw S3Error(
        .maxMessageLengthExceeded,
        message: "The XML document must not be larger than \(limit.bytes) bytes, found \(bytes.count).")
    }
    let builder = XMLTreeBuilder(limit)
    let parser = XMLParserHandle(builder)
    let outcome = parser.parse(bytes)
    if let refusal = builder.refusal { throw refusal }
    guard outcome == nil, let root = builder.root else {
      throw S3Error(.malformedXML, message: "The XML is not well-formed: \(outcome ?? "there is no element").")
    }
    return root
  }
}

/// Owns an expat parser for one document.
private struct XMLParserHandle: ~Copyable {
  private let parser: XML_Parser
  private let builder: XMLTreeBuilder

  init(_ builder: XMLTreeBuilder) {
    guard let parser = XML_ParserCreate(nil) else { fatalError("out of memory for an XML parser") }
    self.parser = parser
    self.builder = builder
    builder.stop = { XML_StopParser(parser, XML_Bool(XML_FALSE)) }
    XML_SetUserData(parser, Unmanaged.passUnretained(builder).toOpaque())
    XML_SetElementHandler(
      parser,
      { data, name, attributes in
        guard let name else { return }
        XMLTreeBuilder.of(data).start(name, attributes)
      },
      { data, _ in XMLTreeBuilder.of(data).end() })
    XML_SetCharacterDataHandler(parser) { data, text, count in
      XMLTreeBuilder.of(data).characters(UnsafeRawBufferPointer(start: text, count: Int(count)))
    }
    XML_SetStartDoctypeDeclHandler(parser) { data, _, _, _, _ in XMLTreeBuilder.of(data).refuseDocumentType() }
  }

  deinit {
    XML_ParserFree(parser)
  }

  /// What is wrong with the document and where, `nil` if nothing is.
  func parse(_ bytes: [UInt8]) -> String? {
    let status = bytes.withUnsafeBytes {
      XML_Parse(parser, $0.baseAddress?.assumingMemoryBound(to: CChar.self), Int32($0.count), 1)
    }
    if status == XML_STATUS_OK { return nil }
    let reason = XML_ErrorString(XML_GetErrorCode(parser)).map { String(cString: $0) } ?? "unknown error"
    return "\(reason) in line \(XML_GetCurrentLineNumber(parser))"
  }
}

/// Makes the tree from expat's events and stops at what must not be there.
private final class XMLTreeBuilder {
  private let limit: XMLLimits
  private var stack: [(node: XMLNode, text: [UInt8])] = []
  private var elements = 0
  private(set) var root: XMLNode?
  private(set) var refusal: S3Error?
  var stop: () -> Void = {}

  init(_ limit: XMLLimits) {
    self.limit = limit
  }

  static func of(_ data: UnsafeMutableRawPointer?) -> XMLTreeBuilder {
    guard let data else { preconditionFailure("expat lost its user data") }
    return Unmanaged<XMLTreeBuilder>.fromOpaque(data).takeUnretainedValue()
  }

  func start(_ name: UnsafePointer<XML_Char>, _ attributes: UnsafeMutablePointer<UnsafePointer<XML_Char>?>?) {
    guard refusal == nil else { return }
    elements += 1
    guard stack.count < limit.depth, elements <= limit.elements else {
      refuse("The XML must have at most \(limit.elements) elements, nested at most \(limit.depth) deep.")
      return
    }
    var node = XMLNode(name: Self.localName(name))
    var next = attributes
    while let pair = next, let key = pair[0], let value = pair[1] {
      node.attributes[Self.localName(key)] = String(cString: value)
      next = pair + 2
    }
    stack.append((node, []))
  }

  func characters(_ bytes: UnsafeRawBufferPointer) {
    guard refusal == nil, !stack.isEmpty else { return }
    stack[stack.count - 1].text += bytes
  }

  func end() {
    guard refusal == nil, let (element, text) = stack.popLast() else { return }
    var node = element
    node.text = String(decoding: text, as: UTF8.self)
    if stack.isEmpty {
      root = node
    } else {
      stack[stack.count - 1].node.children.append(node)
    }
  }

  func refuseDocumentType() {
    refuse("The XML must not have a document type definition.")
  }

  private func refuse(_ message: String) {
    refusal = S3Error(.malformedXML, message: message)
    stop()
  }

  private static func localName(_ name: UnsafePointer<XML_Char>) -> String {
    let name = String(cString: name)
    guard let colon = name.utf8.lastIndex(of: UInt8(ascii: ":")) else { return name }
    return String(name[name.utf8.index(after: colon)...])
  }
}
