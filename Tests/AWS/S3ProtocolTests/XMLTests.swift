import S3Protocol
import Testing

@Suite struct XMLTests {
  @Test("a document becomes a tree of elements and texts")
  func tree() throws {
    let root = try XMLNode.parse(
      bytes(
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <!-- a comment --><a xmlns="urn:x" xmlns:p="urn:y"><b one="1" p:two="2">x &lt;&amp;&gt; &#252;&#x20AC;</b>
        <p:b><![CDATA[<raw>]]></p:b><c/></a>
        """))
    #expect(root.name == "a")
    #expect(root.children.map(\.name) == ["b", "b", "c"])
    #expect(root.children("b").map(\.text) == ["x <&> ü€", "<raw>"])
    #expect(root.child("b")?.attributes == ["one": "1", "two": "2"])
    #expect(root.text(of: "c") == "")
    #expect(root.text(of: "d") == nil)
  }

  @Test(
    "what is no document is refused",
    arguments: [
      "", " ", "text", "<a>", "<a></b>", "<a/><b/>", "<a>&undefined;</a>", "<a b=1/>", "<a>\u{1}</a>", "<a/>x",
      "<?xml version=\"1.0\" encoding=\"no-such\"?><a/>",
    ])
  func malformed(document: String) {
    #expect(code { () throws(S3Error) in _ = try XMLNode.parse(bytes(document)) } == "MalformedXML")
  }

  @Test("bytes that are not UTF-8 are refused")
  func encoding() {
    #expect(
      code { () throws(S3Error) in _ = try XMLNode.parse(bytes("<a>") + [0xFF, 0xFE] + bytes("</a>")) }
        == "MalformedXML")
  }

  @Test(
    "document types are refused, and with them every trick with entities",
    arguments: [
      "<!DOCTYPE a><a/>", "<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>",
      "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>",
      "<!DOCTYPE a [<!ENTITY b \"bbbbbbbbbb\"><!ENTITY c \"&b;&b;&b;&b;&b;\">]><a>&c;</a>",
    ])
  func documentTypes(document: String) {
    do {
      _ = try XMLNode.parse(bytes(document))
      Issue.record("a document type was read")
    } catch {
      #expect(error.code == "MalformedXML")
      #expect(error.message.contains("document type"))
    }
  }

  @Test("elements nested too deeply are refused")
  func depth() throws {
    func nested(_ depth: Int) -> [UInt8] {
      bytes(String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth))
    }
    let limit = XMLLimits(depth: 5)
    _ = try XMLNode.parse(nested(5), limit: limit)
    #expect(code { () throws(S3Error) in _ = try XMLNode.parse(nested(6), limit: limit) } == "MalformedXML")
    #expect(code { () throws(S3Error) in _ = try XMLNode.parse(nested(100_000)) } == "MalformedXML")
  }

  @Test("too many elements are refused")
  func elements() throws {
    func many(_ count: Int) -> [UInt8] { bytes("<a>" + String(repeating: "<b/>", count: count - 1) + "</a>") }
    let limit = XMLLimits(elements: 10)
    #expect(try XMLNode.parse(many(10), limit: limit).children.count == 9)
    #expect(code { () throws(S3Error) in _ = try XMLNode.parse(many(11), limit: limit) } == "MalformedXML")
  }

  @Test("a document that is too large is refused")
  func size() throws {
    let document = bytes("<a>0123456789</a>")
    _ = try XMLNode.parse(document, limit: XMLLimits(bytes: document.count))
    let limit = XMLLimits(bytes: document.count - 1)
    #expect(code { () throws(S3Error) in _ = try XMLNode.parse(document, limit: limit) } == "MaxMessageLengthExceeded")
  }

  @Test(
    "what was written is read again, byte for byte",
    arguments: [
      "plain", "<&>\"'", " leading and trailing ", "tab\tline\nreturn\r\n", "ü € 😀", "]]>", "e\u{301}", "",
    ])
  func roundTrip(value: String) throws {
    let document = XMLWriter.document(root: "a", namespace: nil) {
      $0.element("b", value)
      $0.element("c", attributes: [("d", value)]) { _ in }
    }
    let root = try XMLNode.parse(document)
    #expect(Array(root.text(of: "b")!.utf8) == Array(value.utf8))
    // An attribute's white space is normalised by every XML reader (XML 1.0 §3.3.3).
    if !value.contains(where: \.isNewline), !value.contains("\t") {
      #expect(root.child("c")?.attributes["d"] == value)
    }
  }

  @Test("the namespace is S3's")
  func namespace() {
    let document = text(XMLWriter.document(root: "a") { $0.element("b", 1) })
    #expect(document.contains("<a xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><b>1</b></a>"))
  }
}
