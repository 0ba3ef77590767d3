import TestSupport

/// What random trees and Dockerfiles are drawn with.
struct FuzzRandom {
    private var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    mutating func chance(_ part: Int, in whole: Int) -> Bool { number(in: 0..<whole) < part }

    mutating func number(in range: Range<Int>) -> Int { Int.random(in: range, using: &generator) }

    mutating func pick<Values: Collection>(_ values: Values) -> Values.Element? {
        values.randomElement(using: &generator)
    }

    /// One of a list that is not empty.
    mutating func one<Value>(of values: Value...) -> Value { values[number(in: 0..<values.count)] }

    mutating func shuffled<Value>(_ values: [Value]) -> [Value] { values.shuffled(using: &generator) }

    mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }
}
