/// Who owns a bucket or an object: an account.
package struct Owner: Sendable, Hashable {
  package var id: String
  package var displayName: String

  package init(id: String, displayName: String) {
    self.id = id
    self.displayName = displayName
  }
}

extension Owner {
  init(_ node: XMLNode) {
    self.init(id: node.text(of: "ID") ?? "", displayName: node.text(of: "DisplayName") ?? "")
  }

  func write(to writer: inout XMLWriter, as name: String = "Owner") {
    writer.element(name) {
      $0.element("ID", id)
      $0.element("DisplayName", displayName)
    }
  }
}
