fetch("data/menu.json")
  .then((response) => response.json())
  .then((menu) => {
    const list = document.getElementById("menu");
    for (const { name, price } of menu) {
      const item = document.createElement("li");
      item.textContent = `${name}: ${price}`;
      list.append(item);
    }
  });
