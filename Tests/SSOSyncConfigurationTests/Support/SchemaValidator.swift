// SPDX-License-Identifier: Apache-2.0

import Foundation

/// As much of JSON Schema as the published schema uses.
struct SchemaValidator {
    private let root: [String: Any]

    /// A keyword that the schema uses and that this validator does not know.
    struct UnknownKeyword: Error {
        let keyword: String
    }

    init(_ schema: String) throws {
        root = try JSONSerialization.jsonObject(with: Data(schema.utf8)) as? [String: Any] ?? [:]
    }

    func accepts(_ document: String) throws -> Bool {
        let value = try JSONSerialization.jsonObject(with: Data(document.utf8), options: .fragmentsAllowed)
        return try accepts(value, root)
    }

    /// A schema may be no more than yes or no.
    private func accepts(_ value: Any, _ schema: Any) throws -> Bool {
        try (schema as? [String: Any]).map { try accepts(value, $0) } ?? (schema as? Bool ?? true)
    }

    private func accepts(_ value: Any, _ schema: [String: Any]) throws -> Bool {
        try schema.allSatisfy { try accepts(value, $0.key, $0.value, schema) }
    }

    private func accepts(_ value: Any, _ keyword: String, _ argument: Any, _ schema: [String: Any]) throws -> Bool {
        let object = value as? [String: Any]
        let array = value as? [Any]
        let schemas = argument as? [String: Any] ?? [:]
        switch keyword {
        case "$schema", "title", "description", "default", "$defs", "then", "else": return true
        case "$ref": return try accepts(value, definition(argument))
        case "type": return (argument as? [String] ?? [argument as? String ?? ""]).contains { hasType(value, $0) }
        case "const": return value as? Int == argument as? Int
        case "enum": return (argument as? [String] ?? []).contains { $0 == value as? String }
        case "pattern":
            return try (value as? String).map { try Regex(argument as? String ?? "").firstMatch(in: $0) != nil } ?? true
        case "minLength": return (value as? String).map { $0.count >= argument as? Int ?? 0 } ?? true
        case "minimum": return (value as? NSNumber).map { $0.intValue >= argument as? Int ?? 0 } ?? true
        case "maximum": return (value as? NSNumber).map { $0.intValue <= argument as? Int ?? 0 } ?? true
        case "required":
            return object.map { object in (argument as? [String] ?? []).allSatisfy { object[$0] != nil } } ?? true
        case "minProperties": return object.map { $0.count >= argument as? Int ?? 0 } ?? true
        case "propertyNames":
            return try object?.keys.allSatisfy { try accepts($0, argument as? [String: Any] ?? [:]) } ?? true
        case "properties":
            return try object?.allSatisfy {
                try schemas[$0.key].map { [value = $0.value] in try accepts(value, $0) } ?? true
            } ?? true
        case "if":
            let branch = try accepts(value, argument as? [String: Any] ?? [:]) ? "then" : "else"
            return try schema[branch].map { try accepts(value, $0) } ?? true
        case "additionalProperties":
            let known = schema["properties"] as? [String: Any] ?? [:]
            let others = (object ?? [:]).filter { known[$0.key] == nil }
            guard let rest = argument as? [String: Any] else { return others.isEmpty }
            return try others.allSatisfy { try accepts($0.value, rest) }
        case "items": return try array?.allSatisfy { try accepts($0, argument as? [String: Any] ?? [:]) } ?? true
        case "minItems": return array.map { $0.count >= argument as? Int ?? 0 } ?? true
        case "maxItems": return array.map { $0.count <= argument as? Int ?? 0 } ?? true
        case "uniqueItems": return array.map { Set($0.map { "\($0)" }).count == $0.count } ?? true
        case "allOf": return try (argument as? [[String: Any]] ?? []).allSatisfy { try accepts(value, $0) }
        case "not": return try !accepts(value, argument)
        case "oneOf": return try (argument as? [[String: Any]] ?? []).filter { try accepts(value, $0) }.count == 1
        default: throw UnknownKeyword(keyword: keyword)
        }
    }

    private func definition(_ reference: Any) -> [String: Any] {
        let name = (reference as? String ?? "").split(separator: "/").last.map(String.init) ?? ""
        return (root["$defs"] as? [String: [String: Any]])?[name] ?? [:]
    }

    private func hasType(_ value: Any, _ type: String) -> Bool {
        let number = value as? NSNumber
        let isBoolean = number.map { CFGetTypeIDIsBoolean($0) } ?? false
        switch type {
        case "object": return value is [String: Any]
        case "array": return value is [Any]
        case "string": return value is String
        case "null": return value is NSNull
        case "integer": return !isBoolean && number.map { $0.doubleValue == $0.doubleValue.rounded() } == true
        default: return false
        }
    }

    /// Foundation bridges booleans to numbers; their Objective-C type tells them apart.
    private func CFGetTypeIDIsBoolean(_ number: NSNumber) -> Bool { String(cString: number.objCType) == "c" }
}
