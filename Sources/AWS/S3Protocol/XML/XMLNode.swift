/// An element of a parsed XML document. Namespace prefixes are dropped.
package struct XMLNode: Sendable, Equatable {
  package let name: String
  package internal(set) var attributes: [String: String] = [:]
  package internal(set) var children: [XMLNode] = []
  /// The character data directly in this element, white space included.
  package internal(set) var text = ""

  package init(name: String) {
    self.name = name
  }

  /// The first child of this name.
  package func child(_ name: String) -> XMLNode? {
    children.first { $0.name == name }
  }

  package func children(_ name: String) -> [XMLNode] {
    children.filter { $0.name == name }
  }

  /// The text of the first child of this name, `nil` if no child has it.
  package func text(of name: String) -> String? {
    child(name)?.text
  }
}

/// What is read of a document from outside; more is refused.
package struct XMLLimits: Sendable {
  /// Bytes of the whole document.
  package var bytes: Int
  /// Elements within elements.
  package var depth: Int
  /// Elements altogether.
  package var elements: Int

  package init(bytes: Int = 16 << 20, depth: Int = 16, elements: Int = 200_000) {
    self.bytes = bytes
    self.depth = depth
    self.elements = elements
  }
}
