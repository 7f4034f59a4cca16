// @faker-js/faker as people write it: an object a row, a method a field. Amounts are floats, times Dates.

import { fakerDE as fake } from "@faker-js/faker";
import { readFileSync } from "node:fs";

const [count, rounds] = process.argv.slice(2).map(Number);
const { version } = JSON.parse(readFileSync(new URL("node_modules/@faker-js/faker/package.json", import.meta.url)));
const customers = Array.from({ length: 100 }, () => fake.string.uuid());
const weighted = (weights) => Object.entries(weights).map(([value, weight]) => ({ value, weight }));
const countries = weighted({ Deutschland: 90, Österreich: 6, Schweiz: 4 });
const statuses = weighted({ new: 10, paid: 20, shipped: 25, delivered: 40, cancelled: 5 });

function customer() {
  const firstName = fake.person.firstName();
  const lastName = fake.person.lastName();
  return {
    id: fake.string.uuid(),
    first_name: firstName,
    last_name: lastName,
    email: fake.internet.exampleEmail({ firstName, lastName }),
    phone: fake.phone.number(),
    iban: fake.finance.iban({ countryCode: "DE" }),
    street: fake.location.streetAddress(),
    zip_code: fake.location.zipCode(),
    city: fake.location.city(),
    country: fake.helpers.weightedArrayElement(countries),
    balance: fake.number.float({ min: -200, max: 10000, fractionDigits: 2 }),
    created_at: fake.date.past({ years: 2 }),
  };
}

function order() {
  return {
    id: fake.string.uuid(),
    customer_id: fake.helpers.arrayElement(customers),
    status: fake.helpers.weightedArrayElement(statuses),
    amount: fake.number.float({ min: 5, max: 2500, fractionDigits: 2 }),
    placed_at: fake.date.past({ years: 2 }),
  };
}

function isRight(iban) {
  const digits = (iban.slice(4) + iban.slice(0, 4)).replace(/[A-Z]/g, (letter) => parseInt(letter, 36));
  return BigInt(digits) % 97n === 1n;
}

for (const [route, make] of Object.entries({ "customer objects": customer, "order objects": order })) {
  let fastest = Infinity;
  let rows = [];
  for (let round = 0; round < rounds; round += 1) {
    const started = performance.now();
    rows = Array.from({ length: count }, make);
    fastest = Math.min(fastest, performance.now() - started);
  }
  const ibans = rows.map((row) => row.iban).filter(Boolean);
  const rightIbans = ibans.length ? ibans.filter(isRight).length / ibans.length : null;
  const row = Object.fromEntries(Object.entries(rows[0]).map(([name, value]) => [name, `${typeof value} ${value}`]));
  console.log(JSON.stringify({ route, version, rate: (count / fastest) * 1000, right_ibans: rightIbans, row }));
}
