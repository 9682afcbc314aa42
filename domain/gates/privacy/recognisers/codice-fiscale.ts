/** Values of 0 to 9, and of A to J again, on odd places; then K to Z. D.M. 23/12/1976. */
const ODD = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21];
const ODD_FROM_K = [2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];

/** The last letter of an Italian fiscal code of 16 characters is its check. */
export function passesCodiceFiscale(text: string): boolean {
  const places = [...text.toUpperCase()].map((each) =>
    /\d/.test(each) ? Number(each) : each.charCodeAt(0) - 65,
  );
  const sum = places.slice(0, 15).reduce((total, value, index) => {
    if (index % 2 === 1) return total + value;
    return total + (ODD[value] ?? ODD_FROM_K[value - 10] ?? 0);
  }, 0);
  return sum % 26 === places[15];
}
