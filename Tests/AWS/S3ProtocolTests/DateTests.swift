import Encodings
import FoundationEssentials
import S3Protocol
import Testing

@Suite struct DateTests {
  private let example = Date(timeIntervalSince1970: 784_111_777)

  @Test(
    "RFC 9110 §5.6.7's example in its three forms",
    arguments: [
      "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
    ])
  func forms(text: String) {
    #expect(HTTPDate.parse(text) == example)
  }

  @Test("a date is written in the form of RFC 9110")
  func format() {
    #expect(HTTPDate.format(example) == "Sun, 06 Nov 1994 08:49:37 GMT")
    #expect(HTTPDate.format(example + 0.999) == "Sun, 06 Nov 1994 08:49:37 GMT")
    #expect(HTTPDate.format(Date(timeIntervalSince1970: 0)) == "Thu, 01 Jan 1970 00:00:00 GMT")
    #expect(HTTPDate.format(Date(timeIntervalSince1970: -1)) == "Wed, 31 Dec 1969 23:59:59 GMT")
  }

  @Test(
    "what is no date",
    arguments: [
      "", "now", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 31 Feb 1994 08:49:37 GMT",
      "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 8:49:37 GMT", "Son, 06 Nov 1994 08:49:37 GMT",
      "Sun, 06 Nov 94 08:49:37 GMT", "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, -6 Nov 1994 08:49:37 GMT",
      "Sunday, 06-Nov-1994 08:49:37 GMT", "1994-11-06T08:49:37Z", "Sun, 06 Nov 1994 08:49:37 GMT extra",
    ])
  func notADate(text: String) {
    #expect(HTTPDate.parse(text) == nil)
  }

  @Test("every fifth day from 1900 to 2100 is written and read again, and is what Foundation says")
  func calendar() {
    let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    let wrong = stride(from: -25_567, through: 47_482, by: 5).first { day in
      let date = Date(timeIntervalSince1970: Double(day) * 86_400 + 43_199)
      return HTTPDate.parse(HTTPDate.format(date)) != date || XMLDate.format(date) != date.formatted(style)
    }
    #expect(wrong == nil)
  }

  @Test("times far away are written without harm")
  func farAway() {
    // Two days before what its documentation says, as Foundation counts Julian days there.
    #expect(XMLDate.format(.distantPast) == "0000-12-30T00:00:00.000Z")
    #expect(XMLDate.format(.distantFuture) == "4001-01-01T00:00:00.000Z")
    for year in [-10_000.0, -1, 10_000, 100_000] {
      let date = Date(timeIntervalSince1970: year * 31_556_952)
      #expect(XMLDate.format(date).utf8.count == 24)
      #expect(!HTTPDate.format(date).isEmpty)
    }
  }

  @Test("dates in XML have milliseconds")
  func xmlDates() {
    #expect(XMLDate.format(someDate) == "2009-10-12T17:50:30.000Z")
    #expect(XMLDate.format(someDate + 0.25) == "2009-10-12T17:50:30.250Z")
    #expect(XMLDate.format(Date(timeIntervalSince1970: -0.25)) == "1969-12-31T23:59:59.750Z")
    #expect(XMLDate.parse("2009-10-12T17:50:30.000Z") == someDate)
    #expect(XMLDate.parse("2009-10-12T17:50:30Z") == someDate)
    #expect(XMLDate.parse("2009-10-12T17:50:30.250Z") == someDate + 0.25)
    #expect(XMLDate.parse("2009-10-12T17:50:30.123456789Z") != nil)
    for text in [
      "", "2009-10-12", "2009-10-12T17:50:30", "2009-10-12T17:50:30.Z", "2009-10-12T17:50:30.1234567890Z",
      "2009-02-30T17:50:30Z", "2009-10-12T24:50:30Z", "2009-10-12 17:50:30Z", "2009-10-12T17:50:30Zx",
      "009-10-12T17:50:30Z",
    ] {
      #expect(XMLDate.parse(text) == nil)
    }
  }
}
