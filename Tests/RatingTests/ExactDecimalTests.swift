import Rating
import Testing

struct ExactDecimalTests {
    @Test("decimals read what they write and refuse anything else")
    func decimalsRoundTrip() {
        for text in ["0", "-0.001", "12.34", "123456789012345678901234567890.000000000001"] {
            #expect(ExactDecimal(text)?.description == text)
        }
        #expect(ExactDecimal("1.500")?.description == "1.5")
        for text in ["", "-", ".5", "1.", "1e3", "0x1", "1,5", "--1"] { #expect(ExactDecimal(text) == nil) }
    }

    @Test(
        "rounding goes to the even neighbour at a half",
        arguments: [
            ("0.5", "0"), ("1.5", "2"), ("2.5", "2"), ("2.51", "3"), ("-0.5", "0"), ("-1.5", "-2"), ("-2.49", "-2"),
        ])
    func halvesGoToEven(text: String, rounded: String) {
        #expect(ExactDecimal(text)?.rounded(digits: 0).description == rounded)
    }

    @Test("division rounds at the digits asked for")
    func divisionRounds() {
        #expect(ExactDecimal(1).divided(by: 3, digits: 4).description == "0.3333")
        #expect(ExactDecimal(2).divided(by: 3, digits: 4).description == "0.6667")
        #expect(ExactDecimal(10).divided(by: 4, digits: 6).formatted(digits: 2) == "2.50")
        #expect(ExactDecimal(3).formatted(digits: 2) == "3.00")
    }
}
